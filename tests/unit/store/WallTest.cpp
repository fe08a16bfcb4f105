#include "store/Wall.h"

#include "core/Scope.h"
#include "store/Commands.h"
#include "store/Connection.h"
#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::store;
using namespace spokehub::test;

namespace
{

constexpr Sql allFamilies{"SELECT tenant_id, code FROM family ORDER BY tenant_id"};
constexpr Sql insertFamily{"INSERT INTO family (tenant_id, id, code, title, created_at) "
                           "VALUES ($1, $2, $3, '', 0)"};
constexpr Sql moveFamily{"UPDATE family SET tenant_id = $1"};
constexpr Sql touchFamilies{"UPDATE family SET title = 'touched'"};
constexpr Sql deleteFamilies{"DELETE FROM family"};
constexpr Sql pendingMessages{"SELECT id FROM inbox_message WHERE state = 1"};

} // namespace

class WallTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WallTest);
    CPPUNIT_TEST(itStandsWhenItIsRaisedAndMayBeRaisedAgain);
    CPPUNIT_TEST(everyTableOfTenantsIsWalledOff);
    CPPUNIT_TEST(aReadSeesThoseItServesAndNoOther);
    CPPUNIT_TEST(aTransactionSeesTheTenantsOfItsRequestsAlone);
    CPPUNIT_TEST(aWallOfBeforeIsRaisedAnew);
    CPPUNIT_TEST(nothingIsWrittenForAnother);
    CPPUNIT_TEST(whoServesEverybodyFindsWhatIsDueAndNothingMore);
    CPPUNIT_TEST(whatWasSaidOfOneIsForgottenAfterAFailure);
    CPPUNIT_TEST(aTableThatIsOpenIsAGap);
    CPPUNIT_TEST(withoutTheRoleItDoesNotStand);
    CPPUNIT_TEST(theLogOfDeedsIsNotCleared);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestDatabase> owner;
    std::optional<Database> walled;

public:
    void setUp() override
    {
        owner.emplace();
        for (const char* tenant : {"1", "2", "3"})
            owner->run(std::string("INSERT INTO family (tenant_id, id, code, title, created_at) "
                                   "VALUES (") +
                       tenant + ", 1, '0000" + tenant + "', '', 0)");
        walled.emplace(owner->url(), DatabaseOptions{.walled = true});
        Wall(*walled).raise();
    }
    void tearDown() override
    {
        walled.reset();
        owner.reset();
    }

    std::string seen()
    {
        std::string codes;
        walled->point([&](Session& session) {
            codes.clear();
            session.query(allFamilies, {}, [&](const Row& row) { codes += row.string(1) + " "; });
        });
        return codes;
    }
    std::string seenBy(Id tenant)
    {
        const Serving serving(tenant);
        return seen();
    }

    void itStandsWhenItIsRaisedAndMayBeRaisedAgain()
    {
        CPPUNIT_ASSERT(Wall(*walled).gaps().empty());
        Wall(*walled).raise();
        CPPUNIT_ASSERT(Wall(*walled).gaps().empty());
    }

    void everyTableOfTenantsIsWalledOff()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0},
            owner->number("SELECT COUNT(*) FROM information_schema.columns c "
                          "WHERE c.column_name = 'tenant_id' AND c.table_schema = 'public' "
                          "AND NOT EXISTS (SELECT 1 FROM pg_policies p "
                          "WHERE p.tablename = c.table_name AND p.policyname = 'tenant_wall')"));
        CPPUNIT_ASSERT(owner->number("SELECT COUNT(*) FROM pg_policies") > 20);
    }

    void aReadSeesThoseItServesAndNoOther()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), seen());
        CPPUNIT_ASSERT_EQUAL(std::string("00002 "), seenBy(2));
        CPPUNIT_ASSERT_EQUAL(std::string("00003 "), seenBy(3));
        CPPUNIT_ASSERT_EQUAL(std::string(), seenBy(4));
        CPPUNIT_ASSERT_EQUAL(std::string(), seen());

        const Serving serving(2);
        walled->read([](Session& session) {
            std::string codes;
            session.query(allFamilies, {}, [&](const Row& row) { codes += row.string(1) + " "; });
            CPPUNIT_ASSERT_EQUAL(std::string("00002 "), codes);
        });
        CPPUNIT_ASSERT_EQUAL(std::string("00002 "), seen());
    }

    void aTransactionSeesTheTenantsOfItsRequestsAlone()
    {
        Writer writer(*walled, {.threads = false});
        std::string codes;
        Batcher<Id, bool> batcher(writer, [&](Tx& tx, std::span<const Id> requests) {
            codes.clear();
            tx.query(allFamilies, {}, [&](const Row& row) { codes += row.string(1) + " "; });
            return std::vector<Outcome<bool>>(requests.size(), true);
        });
        batcher.servedBy([](const Id& tenant) { return tenant; });
        writer.join(batcher);

        batcher.callAll({1, 3});
        CPPUNIT_ASSERT_EQUAL(std::string("00001 00003 "), codes);
        batcher.call(2);
        CPPUNIT_ASSERT_EQUAL(std::string("00002 "), codes);
        batcher.callAll({Serving::everybody, 2}); // a worker's beside a request
        CPPUNIT_ASSERT_EQUAL(std::string("00002 "), codes);
        batcher.call(Serving::everybody);
        CPPUNIT_ASSERT_EQUAL(std::string(), codes);
    }

    void aWallOfBeforeIsRaisedAnew()
    {
        owner->run("DROP POLICY tenant_wall ON family");
        owner->run("CREATE POLICY tenant_wall ON family TO spokehub_app USING (true)");
        CPPUNIT_ASSERT_EQUAL(std::string("00001 00002 00003 "), seen());

        Wall(*walled).raise();

        CPPUNIT_ASSERT_EQUAL(std::string(), seen());
        CPPUNIT_ASSERT_EQUAL(std::string("00002 "), seenBy(2));
    }

    void nothingIsWrittenForAnother()
    {
        Writer writer(*walled);
        Commands commands(writer);
        writer.start();
        const Serving serving(2);

        CPPUNIT_ASSERT_THROW(commands.run([](Tx& tx) {
            tx.execute(insertFamily, {3, 9, "9"});
        }),
                             StoreError);
        CPPUNIT_ASSERT_THROW(commands.run([](Tx& tx) { tx.execute(moveFamily, {3}); }), StoreError);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             commands.run([](Tx& tx) { return tx.execute(deleteFamilies, {}); }));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, owner->count("family"));
    }

    void whoServesEverybodyFindsWhatIsDueAndNothingMore()
    {
        owner->run("INSERT INTO inbox_message (tenant_id, id, channel_id, message_id, topic, "
                   "occurred_at, received_at) VALUES (2, 1, 1, 'm', 't', 0, 0)");

        const Serving serving(Serving::everybody);
        int due = 0;
        walled->point([&](Session& session) {
            due = 0;
            session.query(pendingMessages, {}, [&](const Row&) { ++due; });
        });
        CPPUNIT_ASSERT_EQUAL(1, due);
        CPPUNIT_ASSERT_EQUAL(std::string(), seen());
    }

    void whatWasSaidOfOneIsForgottenAfterAFailure()
    {
        Writer writer(*walled);
        Commands commands(writer);
        writer.start();
        for (const Id tenant : {2, 3}) {
            const Serving serving(tenant);
            CPPUNIT_ASSERT_THROW(commands.run([&](Tx& tx) {
                tx.execute(insertFamily, {tenant, 1, "again"});
            }),
                                 StoreError);
            commands.run([](Tx& tx) { tx.execute(touchFamilies, {}); });
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, owner->count("family", "title = 'touched'"));
        CPPUNIT_ASSERT_EQUAL(std::string(), seen());
    }

    void aTableThatIsOpenIsAGap()
    {
        owner->run("ALTER TABLE variant DISABLE ROW LEVEL SECURITY");

        CPPUNIT_ASSERT_EQUAL(std::string("table variant is not walled off, or is the role's own"),
                             Wall(*walled).gaps().at(0));
        Wall(*walled).raise();
        CPPUNIT_ASSERT(Wall(*walled).gaps().empty());
    }

    void withoutTheRoleItDoesNotStand()
    {
        Database open(owner->url());

        CPPUNIT_ASSERT(!Wall(open).gaps().empty());
    }

    void theLogOfDeedsIsNotCleared()
    {
        const Serving serving(1);
        const auto session = walled->connect();
        session->serve("1");
        CPPUNIT_ASSERT_THROW(session->runText("DELETE FROM audit_entry", {}, nullptr), StoreError);
        CPPUNIT_ASSERT_THROW(
            session->runText("ALTER TABLE variant DISABLE ROW LEVEL SECURITY", {}, nullptr),
            StoreError);
    }
};

SPOKEHUB_TEST_ON_POSTGRES(WallTest);
