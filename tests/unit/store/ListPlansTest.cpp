// What the engines make of the hub's lists: each is walked along an index that begins with the
// tenant, whatever it is filtered by.
#include "access/Audit.h"
#include "catalog/Families.h"
#include "catalog/Identities.h"
#include "orders/OrderReader.h"
#include "stock/Counts.h"
#include "stock/Items.h"
#include "stock/StockReader.h"
#include "store/Connection.h"
#include "store/StatementText.h"
#include "support/Engines.h"
#include "support/TestStore.h"
#include "sync/InboxReader.h"
#include "sync/TaskReader.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

namespace
{

/// Asks for the plan of each statement instead of running it.
class ExplainingConnection final : public store::Connection
{
public:
    explicit ExplainingConnection(store::Connection& connection) : _connection(connection) {}

    store::Engine engine() const override { return _connection.engine(); }
    std::int64_t run(const store::Sql& sql, std::span<const store::Param> params,
                     const store::RowVisitor* visit) override
    {
        return runText(sql.text, params, visit);
    }
    std::int64_t runRows(const store::Sql& sql, const store::RowSet& rows,
                         const store::RowVisitor* visit) override
    {
        return engine() == store::Engine::Sqlite
                   ? runText(store::statementText(sql.text, engine(), rows.columns()),
                             rows.values().first(rows.columns()), visit)
                   : 0;
    }
    std::int64_t runText(const std::string& sql, std::span<const store::Param> params,
                         const store::RowVisitor*) override
    {
        const bool sqlite = engine() == store::Engine::Sqlite;
        const store::RowVisitor take = [&](const store::Row& row) {
            plan += row.string(sqlite ? 3 : 0) + "\n";
        };
        plan += "-- " + sql + "\n";
        return _connection.runText((sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ") + sql, params,
                                   &take);
    }
    void begin(bool) override {}
    void commit() override {}
    void rollback() noexcept override {}
    bool broken() const override { return false; }

    std::string plan;

private:
    store::Connection& _connection;
};

} // namespace

class ListPlansTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListPlansTest);
    CPPUNIT_TEST(theCatalogueIsWalkedAlongItsIndexes);
    CPPUNIT_TEST(stockIsWalkedAlongItsIndexes);
    CPPUNIT_TEST(ordersTasksAndMessagesAreWalkedAlongTheirIndexes);
    CPPUNIT_TEST(whatChangedIsWalkedAlongTheChangeAndNotSorted);
    CPPUNIT_TEST(nothingGoesOverAllThatATenantHas);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;
    std::unique_ptr<store::Connection> connection;
    const Time since = TestClock::start;
    const store::PageRequest page{};

public:
    void setUp() override
    {
        store.emplace();
        connection = store->database->connect();
    }

    void tearDown() override
    {
        connection.reset();
        store.reset();
    }

    template <class List>
    std::string planOf(const List& list)
    {
        ExplainingConnection explaining(*connection);
        store::Tx session(explaining);
        list(session);
        CPPUNIT_ASSERT(!explaining.plan.empty());
        return explaining.plan;
    }

    /// No table is gone over; what a statement made itself (a page, its parts) may be.
    template <class List>
    void isWalked(const List& list)
    {
        const std::string plan = planOf(list);
        CPPUNIT_ASSERT_MESSAGE(plan, plan.find("Seq Scan") == std::string::npos);
        for (std::size_t at = plan.find("SCAN "); at != std::string::npos;
             at = plan.find("SCAN ", at + 1)) {
            const std::string what =
                plan.substr(at + 5, plan.find_first_of(" \n", at + 5) - at - 5);
            CPPUNIT_ASSERT_MESSAGE(plan, what == "o" || what == "page" || what == "before");
        }
        CPPUNIT_ASSERT_MESSAGE(plan, plan.find("tenant_id=?") != std::string::npos ||
                                         plan.find("tenant_id = ") != std::string::npos);
    }

    template <class List>
    void goesByMoreThanTheTenant(const List& list)
    {
        const std::string plan = planOf(list);
        CPPUNIT_ASSERT_MESSAGE(plan, plan.find("(tenant_id=?)") == std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(plan, plan.find("SEARCH") != std::string::npos);
    }

    template <class List>
    void isNotSorted(const List& list)
    {
        isWalked(list);
        const std::string plan = planOf(list);
        CPPUNIT_ASSERT_MESSAGE(plan, plan.find("TEMP B-TREE") == std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(plan, plan.find("Sort") == std::string::npos);
    }

    void theCatalogueIsWalkedAlongItsIndexes()
    {
        catalog::Families families(store->ids, store->clock);
        catalog::Identities identities(store->ids, store->clock);
        for (const auto& query : {catalog::FamilyQuery{}, {.category = "beds"}})
            isWalked([&](auto& session) { families.list(session, store->acme, page, query); });
        for (const auto& query :
             {catalog::IdentityQuery{}, {.family = 7}, {.type = catalog::IdentityType::Part}})
            isWalked([&](auto& session) { identities.list(session, store->acme, page, query); });
        for (const auto& query : {catalog::VariantQuery{},
                                  {.skuPrefix = "LEG-"},
                                  {.identity = 7},
                                  {.category = "beds"},
                                  {.brand = "Acme"},
                                  {.barcode = "400"}})
            isWalked(
                [&](auto& session) { store->variants.list(session, store->acme, page, query); });
        for (const auto& query : {catalog::ListingQuery{},
                                  {.channel = 7},
                                  {.matched = false},
                                  {.variant = 7},
                                  {.sku = "LEG-S"}})
            isWalked(
                [&](auto& session) { store->listings.list(session, store->acme, page, query); });
        isWalked([&](auto& session) { store->bundles.edges(session, store->acme, page); });
    }

    void stockIsWalkedAlongItsIndexes()
    {
        const stock::StockReader reader;
        stock::Items items(store->ledger, store->ids, store->clock);
        stock::Counts counts(store->ledger, store->ids, store->clock);
        for (const auto& query : {stock::ItemQuery{},
                                  {.variant = 7},
                                  {.status = stock::ItemStatus::Sold},
                                  {.location = "main"}})
            isWalked([&](auto& session) { items.list(session, store->acme, query, page); });
        isWalked([&](auto& session) { counts.list(session, store->acme, page); });
        for (const auto& query : {stock::LevelQuery{}, {.location = "main"}}) {
            isWalked([&](auto& session) { reader.allLevels(session, store->acme, page, query); });
            isWalked([&](auto& session) { reader.low(session, store->acme, page, query); });
        }
        for (const auto& query : {stock::MovementQuery{},
                                  {.kind = stock::MovementKind::Ship, .cause = "req_1"},
                                  {.location = "main", .variant = 7},
                                  {.since = since, .before = since}})
            isNotSorted(
                [&](auto& session) { reader.allMovements(session, store->acme, query, page); });
        isWalked([&](auto& session) { reader.reservations(session, store->acme, {}, page); });
        isWalked([&](auto& session) { reader.exceptions(session, store->acme, {}, page); });
    }

    void ordersTasksAndMessagesAreWalkedAlongTheirIndexes()
    {
        const orders::OrderReader orders;
        const access::Audit audit(store->ids, store->clock);
        for (const auto& query : {orders::OrderQuery{},
                                  {.statuses = {orders::OrderStatus::Pending}},
                                  {.channel = 7},
                                  {.externalId = "5001"},
                                  {.placedFrom = since}})
            isWalked([&](auto& session) { orders.list(session, store->acme, query, page); });
        for (const auto state : {sync::TaskState::Pending, sync::TaskState::Running,
                                 sync::TaskState::Done, sync::TaskState::Failed})
            isWalked([&](auto& session) {
                sync::TaskReader().list(session, store->acme,
                                        {.state = state, .channel = 7, .updatedSince = since},
                                        page);
            });
        for (const auto& query : {sync::MessageQuery{},
                                  {.state = sync::MessageState::Failed},
                                  {.topic = "orders/create", .since = since, .before = since}})
            isWalked([&](auto& session) {
                sync::InboxReader().list(session, store->acme, query, page);
            });
        isWalked(
            [&](auto& session) { audit.list(session, store->acme, {.actor = "user:ada"}, page); });
    }

    /// SQLite would, where it takes the tenant for as good as a key.
    void nothingGoesOverAllThatATenantHas()
    {
        if (engine() != store::Engine::Sqlite)
            return; // PostgreSQL counts what is there
        goesByMoreThanTheTenant([&](auto& session) {
            store->orders.lines().shortOf(session, {{mainTenant, 7}});
        });
        goesByMoreThanTheTenant(
            [&](auto& session) { store->listings.ofVariant(session, store->acme, 7); });
        goesByMoreThanTheTenant([&](auto& session) {
            const catalog::LevelDocument level{.stockId = "5"};
            store->listings.observe(session, mainTenant, 7, {&level, 1});
        });
        goesByMoreThanTheTenant([&](auto& session) {
            store->variants.list(session, store->acme, page, {.identity = 7});
        });
        goesByMoreThanTheTenant([&](auto& session) {
            store->variants.list(session, store->acme, page, {.barcode = "400"});
        });
        goesByMoreThanTheTenant(
            [&](auto& session) { orders::OrderReader().shipments(session, store->acme, 7); });
        goesByMoreThanTheTenant([&](auto& session) {
            const std::string sku = "LEG-S";
            store->orders.rematch(session, mainTenant, {&sku, 1}, {});
        });
        goesByMoreThanTheTenant([&](auto& session) {
            sync::InboxReader().list(session, store->acme, {.state = sync::MessageState::Pending},
                                     page);
        });
    }

    void whatChangedIsWalkedAlongTheChangeAndNotSorted()
    {
        catalog::Families families(store->ids, store->clock);
        catalog::Identities identities(store->ids, store->clock);
        stock::Items items(store->ledger, store->ids, store->clock);
        isNotSorted([&](auto& session) {
            families.list(session, store->acme, page, {.updatedSince = since});
        });
        isNotSorted([&](auto& session) {
            identities.list(session, store->acme, page, {.madeSince = since});
        });
        isNotSorted([&](auto& session) {
            store->variants.list(session, store->acme, page, {.updatedSince = since});
        });
        isNotSorted([&](auto& session) {
            store->listings.list(session, store->acme, page, {.updatedSince = since});
        });
        isNotSorted([&](auto& session) {
            items.list(session, store->acme, {.updatedSince = since}, page);
        });
        isNotSorted([&](auto& session) {
            stock::StockReader().allLevels(session, store->acme, page, {.changedSince = since});
        });
        isNotSorted([&](auto& session) {
            orders::OrderReader().list(session, store->acme, {.updatedFrom = since}, page);
        });
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ListPlansTest);
