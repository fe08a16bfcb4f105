#include "spokes/KeyRing.h"

#include "support/FakeSpoke.h"
#include "support/SigningKey.h"
#include "support/TestClock.h"

#include "core/Error.h"
#include "spokehub/Messages.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::spokes;
using namespace spokehub::test;
using namespace std::chrono_literals;

class KeyRingTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(KeyRingTest);
    CPPUNIT_TEST(aKeyOnOneLineVerifiesAndAnotherSignatureDoesNot);
    CPPUNIT_TEST(aKeyIsGoodForAnHourOrAsLongAsItSays);
    CPPUNIT_TEST(whatIsNoKeyIsRefusedWithItsMember);
    CPPUNIT_TEST(theKeyThatEndsFirstMakesRoom);
    CPPUNIT_TEST(aKeyIsAskedForOnceAMinuteAndFewAtATime);
    CPPUNIT_TEST(fetchKeepsWhatTheSpokeHandsOver);
    CPPUNIT_TEST_SUITE_END();

    TestClock clock;
    KeyRing ring{"corner", clock};
    SigningKey key;

    std::string document(const std::string& id, const std::string& until = {}) const
    {
        return toJson(Key{id, key.pem(), until});
    }
    std::optional<bool> verifies(const std::string& id, std::string_view signature) const
    {
        return ring.verifies(SPH_SHA1, id, "body", signature);
    }
    std::string refusal(const std::string& given)
    {
        try {
            ring.keep(given);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

    void aKeyOnOneLineVerifiesAndAnotherSignatureDoesNot()
    {
        CPPUNIT_ASSERT(!verifies("k1", key.sign("body")).has_value());

        ring.keep(document("k1"));

        CPPUNIT_ASSERT(verifies("k1", key.sign("body")).value());
        CPPUNIT_ASSERT(!verifies("k1", key.sign("other")).value());
        CPPUNIT_ASSERT(!verifies("k1", key.sign("body", "SHA256")).value());
        CPPUNIT_ASSERT(!verifies("k1", "").value());
        CPPUNIT_ASSERT(!verifies("k1", SigningKey().sign("body")).value());
    }

    void aKeyIsGoodForAnHourOrAsLongAsItSays()
    {
        ring.keep(document("hour"));
        ring.keep(document("minute", toIso(clock.now() + 1min)));

        clock.advance(1min);
        CPPUNIT_ASSERT(!verifies("minute", key.sign("body")).has_value());
        CPPUNIT_ASSERT(verifies("hour", key.sign("body")).has_value());
        clock.advance(59min);
        CPPUNIT_ASSERT(!verifies("hour", key.sign("body")).has_value());
    }

    void whatIsNoKeyIsRefusedWithItsMember()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("key: id has not 1 to 200 bytes"), refusal(document("")));
        CPPUNIT_ASSERT_EQUAL(std::string("key: pem is not a public key (EC or RSA) in PEM"),
                             refusal(R"({"id": "k", "pem": "-----BEGIN PUBLIC KEY-----AAAA"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("key: expires_at is not a time: \"soon\""),
                             refusal(document("k", "soon")));
        CPPUNIT_ASSERT(refusal("{").starts_with("key: it is not JSON"));
    }

    void theKeyThatEndsFirstMakesRoom()
    {
        ring.keep(document("first", toIso(clock.now() + 1min)));
        for (std::size_t i = 0; i < KeyRing::keysMax; ++i)
            ring.keep(document("k" + std::to_string(i)));

        CPPUNIT_ASSERT(!verifies("first", key.sign("body")).has_value());
        CPPUNIT_ASSERT(verifies("k0", key.sign("body")).has_value());
    }

    void aKeyIsAskedForOnceAMinuteAndFewAtATime()
    {
        CPPUNIT_ASSERT(ring.shouldAsk("k0"));
        CPPUNIT_ASSERT(!ring.shouldAsk("k0"));
        for (std::size_t i = 1; i < KeyRing::askedMax; ++i)
            CPPUNIT_ASSERT(ring.shouldAsk("k" + std::to_string(i)));
        CPPUNIT_ASSERT(!ring.shouldAsk("one too many"));

        clock.advance(1min);

        CPPUNIT_ASSERT(ring.shouldAsk("k0"));
    }

    void fetchKeepsWhatTheSpokeHandsOver()
    {
        FakeSpoke spoke;
        spoke.onPull = [&](const std::string&, const std::string&, const DocumentSink& sink) {
            sink(DocumentKind::Key, document("k1"));
            return Verdict{};
        };

        ring.fetch(spoke, {clock.now() + 10s, {}}, "k1");

        CPPUNIT_ASSERT_EQUAL(std::string("keys"), spoke.pulled.at(0));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"cursor":"","id":"k1"})"), spoke.requests.at(0));
        CPPUNIT_ASSERT(verifies("k1", key.sign("body")).value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(KeyRingTest);
