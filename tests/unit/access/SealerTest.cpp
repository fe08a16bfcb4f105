#include "access/Sealer.h"

#include "core/Error.h"
#include "support/People.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::access;
using namespace spokehub::test;

class SealerTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SealerTest);
    CPPUNIT_TEST(whatIsSealedOpensForItsTenantAndItsField);
    CPPUNIT_TEST(aSealedTextShowsNothing);
    CPPUNIT_TEST(equalTextsAreSealedDifferently);
    CPPUNIT_TEST(forAnotherTenantOrFieldItDoesNotOpen);
    CPPUNIT_TEST(whatWasChangedDoesNotOpen);
    CPPUNIT_TEST(theFirstKeySealsAndAllOpen);
    CPPUNIT_TEST(anUnknownKeyIsNamedWithTheRemedy);
    CPPUNIT_TEST(withoutAKeyNothingIsSealed);
    CPPUNIT_TEST(whatAnEarlierHubSealedOpens);
    CPPUNIT_TEST_SUITE_END();

    inline static const Secret one{std::string(32, '1')};
    inline static const Secret two{std::string(32, '2')};
    const Sealer sealer{{one}};

    template <class Function>
    static std::string messageOf(Function work)
    {
        try {
            work();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

public:
    void whatIsSealedOpensForItsTenantAndItsField()
    {
        const std::string any("\0 \xff canary", 10);

        CPPUNIT_ASSERT_EQUAL(any, sealer.open(7, "grant:app", sealer.seal(7, "grant:app", any)));
        CPPUNIT_ASSERT_EQUAL(std::string(), sealer.open(7, "f", sealer.seal(7, "f", "")));
    }

    void aSealedTextShowsNothing()
    {
        const std::string sealed = sealer.seal(7, "grant:app", "canary");

        CPPUNIT_ASSERT(sealed.starts_with("1."));
        CPPUNIT_ASSERT(sealed.find("canary") == sealed.npos);
        CPPUNIT_ASSERT(sealed.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
                                                "yz0123456789-_.") == sealed.npos);
    }

    void equalTextsAreSealedDifferently()
    {
        CPPUNIT_ASSERT(sealer.seal(7, "f", "canary") != sealer.seal(7, "f", "canary"));
    }

    void forAnotherTenantOrFieldItDoesNotOpen()
    {
        const std::string sealed = sealer.seal(1, "2.f", "canary");

        for (const auto& [tenant, field] :
             {std::pair{Id{2}, "2.f"}, {Id{1}, "2.g"}, {Id{1}, "f"}, {Id{12}, "f"}})
            CPPUNIT_ASSERT(refusalOf([&] { sealer.open(tenant, field, sealed); }) ==
                           Refusal::Unprocessable);
    }

    void whatWasChangedDoesNotOpen()
    {
        const std::string sealed = sealer.seal(1, "f", "canary");
        const auto data = sealed.rfind('.') + 1;

        for (std::size_t at = data; at < sealed.size(); ++at) {
            std::string changed = sealed;
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            const std::string why = messageOf([&] { sealer.open(1, "f", changed); });
            CPPUNIT_ASSERT_EQUAL(std::string("f cannot be opened: what is kept was changed, or was "
                                             "sealed for something else"),
                                 why);
        }
        for (const std::string& cut :
             {sealed.substr(0, data), sealed.substr(0, data + 30), std::string("canary"),
              std::string(), "2" + sealed.substr(1)})
            CPPUNIT_ASSERT(refusalOf([&] { sealer.open(1, "f", cut); }) == Refusal::Unprocessable);
    }

    void theFirstKeySealsAndAllOpen()
    {
        const Sealer changed({two, one});
        const std::string old = sealer.seal(1, "f", "canary");

        CPPUNIT_ASSERT_EQUAL(std::string("canary"), changed.open(1, "f", old));
        CPPUNIT_ASSERT(!changed.isCurrent(old));
        const std::string fresh = changed.seal(1, "f", "canary");
        CPPUNIT_ASSERT(changed.isCurrent(fresh));
        CPPUNIT_ASSERT_EQUAL(std::string("canary"), Sealer({two}).open(1, "f", fresh));
    }

    void anUnknownKeyIsNamedWithTheRemedy()
    {
        const std::string sealed = sealer.seal(1, "f", "canary");

        const std::string why = messageOf([&] { Sealer({two}).open(1, "f", sealed); });

        CPPUNIT_ASSERT_EQUAL("f is sealed under the key " + sealed.substr(2, 8) +
                                 ", which is not among server.secret_key (add it there, behind "
                                 "the newest)",
                             why);
    }

    void withoutAKeyNothingIsSealed()
    {
        const Sealer none{{}};

        CPPUNIT_ASSERT(!none.canSeal());
        CPPUNIT_ASSERT_EQUAL(std::string("f cannot be kept: no server.secret_key is configured"),
                             messageOf([&] { none.seal(1, "f", "canary"); }));
        CPPUNIT_ASSERT(!none.isCurrent(sealer.seal(1, "f", "canary")));
    }

    void whatAnEarlierHubSealedOpens()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("canary"),
            sealer.open(7, "grant:app",
                        "1.ioNmXzeY.VVEr16WmACmHBPCTApuW784B_ukOVfCNwlNmD2pKxHU-xw"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SealerTest);
