#include "store/Savepoint.h"

#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;
using store::Savepoint;

class SavepointTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SavepointTest);
    CPPUNIT_TEST(whatIsUndoneLeavesNeitherRowsNorWord);
    CPPUNIT_TEST(whatIsKeptIsAddedToWhatWasBefore);
    CPPUNIT_TEST(theyNest);
    CPPUNIT_TEST(aCommandThatIsRefusedWakesNobody);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;

    static constexpr store::Sql insertFamily{
        "INSERT INTO family (tenant_id, id, code, title, created_at) VALUES (1, $1, $2, '', 0)"};

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    static void say(store::Tx& tx, Id id, int* ran)
    {
        tx.execute(insertFamily, {id, std::to_string(id)});
        tx.changed(1, id);
        tx.grew(1, "variants");
        tx.note(store::Difference("fam").told("id", id));
        tx.afterCommit([ran] { ++*ran; });
    }

    void whatIsUndoneLeavesNeitherRowsNorWord()
    {
        int ran = 0;
        store->commands.run([&](store::Tx& tx) {
            Savepoint part(tx);
            say(tx, 7, &ran);
            part.undo();

            CPPUNIT_ASSERT(tx.changedVariants().empty());
            CPPUNIT_ASSERT(tx.grown().empty());
            CPPUNIT_ASSERT(tx.takeNoted().empty());
        });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("family"));
        CPPUNIT_ASSERT_EQUAL(0, ran);
    }

    void whatIsKeptIsAddedToWhatWasBefore()
    {
        int ran = 0;
        store->commands.run([&](store::Tx& tx) {
            tx.changed(1, 5);
            Savepoint part(tx);
            say(tx, 7, &ran);
            part.keep();

            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, tx.changedVariants().size());
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, tx.takeNoted().size());
        });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("family"));
        CPPUNIT_ASSERT_EQUAL(1, ran);
    }

    void theyNest()
    {
        int ran = 0;
        store->commands.run([&](store::Tx& tx) {
            Savepoint whole(tx);
            say(tx, 7, &ran);
            Savepoint part(tx);
            say(tx, 8, &ran);
            part.undo();
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, tx.changedVariants().size());
            whole.undo();
            say(tx, 9, &ran);
        });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("family", "id = 9"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("family"));
        CPPUNIT_ASSERT_EQUAL(1, ran);
    }

    void aCommandThatIsRefusedWakesNobody()
    {
        store->stocked("LEG-S", 5);
        const Id variant = store->number("SELECT id FROM variant");
        store->listing(store->shop(), "1", "LEG-S");
        const auto tasks = [&] { return store->number("SELECT CAST(SUM(generation) AS BIGINT) FROM task"); };
        const std::int64_t before = tasks();

        CPPUNIT_ASSERT_THROW(store->commands.run([&](store::Tx& tx) {
            tx.changed(mainTenant, variant);
            throw Error(Refusal::Conflict, "only tried");
        }),
                             Error);

        CPPUNIT_ASSERT_EQUAL(before, tasks());
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(SavepointTest);
