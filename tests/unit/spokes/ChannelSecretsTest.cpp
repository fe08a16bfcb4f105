#include "spokes/ChannelSecrets.h"

#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;
using spokes::ChannelSecrets;

class ChannelSecretsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChannelSecretsTest);
    CPPUNIT_TEST(aNewValueComesFirstAndTheOthersStay);
    CPPUNIT_TEST(ofASecretOfOneValueTheNewestAloneIsKept);
    CPPUNIT_TEST(whatTheConfigurationHasCountsUntilItIsRevokedAndWhenItIsAnother);
    CPPUNIT_TEST(whatCannotBeOpenedIsNoValueAndStillRevoked);
    CPPUNIT_TEST(withoutAKeyNothingIsSet);
    CPPUNIT_TEST(theValueStandsNowhereInTheStore);
    CPPUNIT_TEST_SUITE_END();

    const access::Sealer sealer{{Secret(std::string(32, 'k'))}};
    const access::Sealer other{{Secret(std::string(32, 'o'))}};
    const access::Sealer without{{}};
    std::optional<TestStore> store;
    std::optional<access::SealedSecrets> sealed;
    ChannelConfig config;

    spokes::Channel& shop() { return store->shop(); }
    ChannelSecrets secrets() { return {*sealed, store->clock}; }
    Id set(const std::string& name, const std::string& value)
    {
        return store->commands.run([&](store::Tx& tx) {
            return secrets().set(tx, "user:ann", shop(), store->ids.next(), name, value).id;
        });
    }
    void leave(const std::string& name)
    {
        store->commands.run([&](store::Tx& tx) {
            secrets().leaveConfigured(tx, "user:ann", shop(), store->ids.next(), name);
        });
    }
    template <class Work>
    static Refusal refusalOf(Work work)
    {
        try {
            work();
        } catch (const Error& error) {
            return error.refusal();
        }
        CPPUNIT_FAIL("it was not refused");
        return {};
    }
    std::string inUse(const std::string& name)
    {
        spokes::Secrets all;
        store->database->point([&](store::Session& session) {
            all = secrets().inUse(session, shop(), ChannelSecrets::of(session, shop()));
        });
        std::string text;
        for (const std::string& value : all[name])
            text += (text.empty() ? "" : " ") + value;
        return text;
    }

public:
    void setUp() override
    {
        store.emplace();
        sealed.emplace(sealer, store->clock);
        store->manifest.secrets = {{"hook", "", true, true}, {"token", "", false, false}};
        config = *shop().config;
        config.secrets["hook"] = {Secret("configured"), Secret("older")};
        config.secrets["token"] = {Secret("first")};
        shop().config = &config;
    }
    void tearDown() override { store.reset(); }

    void aNewValueComesFirstAndTheOthersStay()
    {
        set("hook", "one");
        store->clock.advance(std::chrono::seconds(1));
        const Id two = set("hook", "two");
        CPPUNIT_ASSERT_EQUAL(std::string("two one configured older"), inUse("hook"));

        store->commands.run([&](store::Tx& tx) { secrets().revoke(tx, shop(), two); });

        CPPUNIT_ASSERT_EQUAL(std::string("one configured older"), inUse("hook"));
        CPPUNIT_ASSERT(refusalOf([&] {
                           store->commands.run(
                               [&](store::Tx& tx) { secrets().revoke(tx, shop(), two); });
                       }) == Refusal::NotFound);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("sealed_secret"));
        CPPUNIT_ASSERT(refusalOf([&] { set("hooks", "x"); }) == Refusal::BadRequest);
    }

    void ofASecretOfOneValueTheNewestAloneIsKept()
    {
        set("token", "second");
        const Id third = set("token", "third");

        CPPUNIT_ASSERT_EQUAL(std::string("third"), inUse("token"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("channel_secret"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("sealed_secret"));

        store->commands.run([&](store::Tx& tx) { secrets().revoke(tx, shop(), third); });
        CPPUNIT_ASSERT_EQUAL(std::string("first"), inUse("token"));
    }

    void whatTheConfigurationHasCountsUntilItIsRevokedAndWhenItIsAnother()
    {
        leave("hook");
        CPPUNIT_ASSERT_EQUAL(std::string(), inUse("hook"));
        CPPUNIT_ASSERT_EQUAL(std::string("first"), inUse("token"));
        CPPUNIT_ASSERT(refusalOf([&] { leave("hook"); }) == Refusal::NotFound);

        config.secrets["hook"] = {Secret("renewed")};
        CPPUNIT_ASSERT_EQUAL(std::string("renewed"), inUse("hook"));
        leave("hook");
        CPPUNIT_ASSERT_EQUAL(std::string(), inUse("hook"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("channel_secret"));

        config.secrets.clear();
        CPPUNIT_ASSERT(refusalOf([&] { leave("token"); }) == Refusal::NotFound);
    }

    void whatCannotBeOpenedIsNoValueAndStillRevoked()
    {
        set("hook", "one");
        leave("hook");
        sealed.emplace(other, store->clock);

        CPPUNIT_ASSERT_EQUAL(std::string(), inUse("hook"));
    }

    void withoutAKeyNothingIsSet()
    {
        sealed.emplace(without, store->clock);

        CPPUNIT_ASSERT(refusalOf([&] { set("hook", "one"); }) == Refusal::Unavailable);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("channel_secret"));
        CPPUNIT_ASSERT_EQUAL(std::string("configured older"), inUse("hook"));
    }

    void theValueStandsNowhereInTheStore()
    {
        set("hook", "canary-one");
        leave("hook");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("sealed_secret"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0},
            store->count("sealed_secret", "sealed LIKE '%canary%' OR sealed LIKE '%configured%'"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ChannelSecretsTest);
