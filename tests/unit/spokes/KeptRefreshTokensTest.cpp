#include "spokes/KeptRefreshTokens.h"

#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;
using spokes::KeptRefreshTokens;

class KeptRefreshTokensTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(KeptRefreshTokensTest);
    CPPUNIT_TEST(aReplacedTokenOutlivesTheHub);
    CPPUNIT_TEST(aNewConfiguredTokenCounts);
    CPPUNIT_TEST(eachChannelAndGrantHasItsOwn);
    CPPUNIT_TEST(withoutAKeyNothingIsKeptAndThatIsSaid);
    CPPUNIT_TEST(whatCannotBeOpenedIsAsIfThereWereNone);
    CPPUNIT_TEST(theTokenStandsNowhereInTheStore);
    CPPUNIT_TEST_SUITE_END();

    const access::Sealer sealer{{Secret(std::string(32, 'k'))}};
    const access::Sealer without{{}};
    std::optional<TestStore> store;
    std::optional<access::SealedSecrets> secrets;

    KeptRefreshTokens tokens(Id channel = 7)
    {
        return {mainTenant, channel, "shop", &*secrets, store->commands, *store->database};
    }

public:
    void setUp() override
    {
        store.emplace();
        secrets.emplace(sealer, store->clock);
    }
    void tearDown() override { store.reset(); }

    void aReplacedTokenOutlivesTheHub()
    {
        CPPUNIT_ASSERT(!tokens().find("app", "configured"));
        CPPUNIT_ASSERT(tokens().keep("app", "configured", "next"));
        CPPUNIT_ASSERT(tokens().keep("app", "configured", "third"));

        CPPUNIT_ASSERT_EQUAL(std::string("third"), tokens().find("app", "configured").value());
        CPPUNIT_ASSERT(!tokens().unkept());
    }

    void aNewConfiguredTokenCounts()
    {
        tokens().keep("app", "configured", "next");

        CPPUNIT_ASSERT(!tokens().find("app", "signed in anew"));
    }

    void eachChannelAndGrantHasItsOwn()
    {
        tokens(7).keep("app", "configured", "next");

        CPPUNIT_ASSERT(!tokens(8).find("app", "configured"));
        CPPUNIT_ASSERT(!tokens(7).find("other", "configured"));
    }

    void withoutAKeyNothingIsKeptAndThatIsSaid()
    {
        secrets.emplace(without, store->clock);
        auto kept = tokens();

        CPPUNIT_ASSERT(!kept.keep("app", "configured", "next"));

        CPPUNIT_ASSERT(kept.unkept());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("sealed_secret"));
    }

    void whatCannotBeOpenedIsAsIfThereWereNone()
    {
        tokens().keep("app", "configured", "next");
        secrets.emplace(without, store->clock);

        CPPUNIT_ASSERT(!tokens().find("app", "configured"));
    }

    void theTokenStandsNowhereInTheStore()
    {
        tokens().keep("app", "configured-canary", "next-canary");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("sealed_secret"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0},
            store->count("sealed_secret", "sealed LIKE '%canary%' OR field LIKE '%canary%'"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(KeptRefreshTokensTest);
