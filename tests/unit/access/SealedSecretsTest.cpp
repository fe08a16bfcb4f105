#include "access/SealedSecrets.h"

#include "support/Engines.h"
#include "support/People.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::access;
using namespace spokehub::test;

class SealedSecretsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SealedSecretsTest);
    CPPUNIT_TEST(whatIsKeptIsFoundByTenantAndField);
    CPPUNIT_TEST(theStoreNeverHoldsItInTheOpen);
    CPPUNIT_TEST(aRowThatWasMovedDoesNotOpen);
    CPPUNIT_TEST(whatIsForgottenIsGone);
    CPPUNIT_TEST(resealingLeavesNothingUnderAnOldKey);
    CPPUNIT_TEST(whatNoKeyOpensStaysAsItIs);
    CPPUNIT_TEST_SUITE_END();

    inline static const Secret one{std::string(32, '1')};
    inline static const Secret two{std::string(32, '2')};
    const Sealer first{{one}};
    const Sealer changed{{two, one}};
    const Sealer second{{two}};
    std::optional<People> people;

    void keep(const Sealer& sealer, Id tenant, const std::string& field, const std::string& text)
    {
        const SealedSecrets secrets(sealer, people->clock);
        people->commands.run([&](store::Tx& tx) { secrets.keep(tx, tenant, field, text); });
    }
    std::optional<std::string> find(const Sealer& sealer, Id tenant, const std::string& field)
    {
        const SealedSecrets secrets(sealer, people->clock);
        return people->look([&](store::Session& s) { return secrets.find(s, tenant, field); });
    }
    int reseal(const Sealer& sealer)
    {
        return SealedSecrets(sealer, people->clock).reseal(people->commands, *people->database);
    }

public:
    void setUp() override { people.emplace(); }
    void tearDown() override { people.reset(); }

    void whatIsKeptIsFoundByTenantAndField()
    {
        keep(first, 1, "f", "a");
        keep(first, 2, "f", "b");
        keep(first, 1, "f", "c");

        CPPUNIT_ASSERT_EQUAL(std::string("c"), find(first, 1, "f").value());
        CPPUNIT_ASSERT_EQUAL(std::string("b"), find(first, 2, "f").value());
        CPPUNIT_ASSERT(!find(first, 1, "g"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, people->database.count("sealed_secret"));
    }

    void theStoreNeverHoldsItInTheOpen()
    {
        keep(first, 1, "f", "canary");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             people->database.count("sealed_secret", "sealed LIKE '%canary%'"));
    }

    void aRowThatWasMovedDoesNotOpen()
    {
        keep(first, 1, "f", "canary");
        people->database.run("UPDATE sealed_secret SET tenant_id = 2");

        CPPUNIT_ASSERT(refusalOf([&] { find(first, 2, "f"); }) == Refusal::Unprocessable);
    }

    void whatIsForgottenIsGone()
    {
        keep(first, 1, "f", "a");
        keep(first, 1, "g", "b");

        people->commands.run(
            [&](store::Tx& tx) { SealedSecrets(first, people->clock).forget(tx, 1, "f"); });

        CPPUNIT_ASSERT(!find(first, 1, "f"));
        CPPUNIT_ASSERT_EQUAL(std::string("b"), find(first, 1, "g").value());
    }

    void resealingLeavesNothingUnderAnOldKey()
    {
        keep(first, 1, "f", "a");
        keep(first, 2, "g", "b");
        keep(changed, 2, "h", "c");

        CPPUNIT_ASSERT_EQUAL(2, reseal(changed));
        CPPUNIT_ASSERT_EQUAL(0, reseal(changed));

        CPPUNIT_ASSERT_EQUAL(std::string("a"), find(second, 1, "f").value());
        CPPUNIT_ASSERT_EQUAL(std::string("b"), find(second, 2, "g").value());
        CPPUNIT_ASSERT_EQUAL(std::string("c"), find(second, 2, "h").value());
    }

    void whatNoKeyOpensStaysAsItIs()
    {
        const QuietLog quiet;
        keep(first, 1, "f", "a");
        keep(first, 1, "g", "b");
        people->database.run("UPDATE sealed_secret SET field = 'x' WHERE field = 'f'");

        CPPUNIT_ASSERT_EQUAL(0, reseal(second));
        CPPUNIT_ASSERT_EQUAL(1, reseal(changed));
        CPPUNIT_ASSERT_EQUAL(0, reseal(Sealer({})));

        CPPUNIT_ASSERT_EQUAL(std::string("b"), find(second, 1, "g").value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, people->database.count("sealed_secret"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(SealedSecretsTest);
