#include "support/TestLane.h"

#include "support/Engines.h"

#include <cppunit/TestAssert.h>

namespace spokehub::test
{

using spokes::DocumentKind;
using stock::Adjust;

TestLane::TestLane()
{
    store.stocked("LEG-S", 5);
    store.listing(store.shop(), "808", "LEG-S");
    _lane.emplace(sync::Dispatch::Parts{store.shop(), store.channels, store.tasks, store.listings,
                                        store.orderCommands, _reader, store.commands,
                                        *store.database, store.clock,
                                        sync::RetryPolicy{.attemptsMax = 4}},
                  store.applier, store.inbox, 77);
    store.config.channels.front().push = false;
    run();
    store.config.channels.front().push = true;
}

void TestLane::run()
{
    for (int turns = 0; _lane->runOnce() > 0; ++turns)
        CPPUNIT_ASSERT(turns < 100);
}

void TestLane::adjust(std::int64_t units)
{
    store.run(Adjust{.sku = "LEG-S", .onHand = units, .reason = {}});
}

void TestLane::observe(std::int64_t quantity)
{
    sync::Meaning meaning;
    meaning.add(DocumentKind::Level,
                R"({"stock_id": "808", "quantity": )" + std::to_string(quantity) + "}");
    const sync::Applier::Item item{
        mainTenant, store.shop().id, &meaning, {"msg_1", "channel:shop", {}}};
    store.commands.run([&](store::Tx& tx) { store.applier.apply(tx, {&item, 1}); });
}

void TestLane::resume()
{
    store.commands.run([&](store::Tx& tx) { store.channels.resume(tx, store.shop()); });
}

void TestLane::manyListings(int count)
{
    for (int i = 0; i < count; ++i) {
        store.stocked("V" + std::to_string(i), 1);
        store.listing(store.shop(), "v" + std::to_string(i), "V" + std::to_string(i));
    }
}

void TestLane::zeroAll(int count)
{
    for (int i = 0; i < count; ++i)
        store.run(Adjust{.sku = "V" + std::to_string(i), .onHand = -1, .reason = {}});
}

void TestLane::refuseOrder(const std::string& externalId)
{
    if (engine() == store::Engine::Sqlite)
        store.database.run(
            "CREATE TRIGGER refused BEFORE INSERT ON sales_order WHEN NEW.external_id = '" +
            externalId + "' BEGIN SELECT RAISE(ABORT, 'refused for the test'); END");
    else
        store.database.run(
            "ALTER TABLE sales_order ADD CONSTRAINT refused CHECK (external_id <> '" + externalId +
            "')");
}

void TestLane::refuseToSettle(bool refused)
{
    if (engine() == store::Engine::Sqlite)
        store.database.run(refused ? "CREATE TRIGGER refused BEFORE UPDATE ON listing BEGIN SELECT "
                                     "RAISE(ABORT, 'refused for the test'); END"
                                   : "DROP TRIGGER refused");
    else
        store.database.run(refused
                               ? "ALTER TABLE listing ADD CONSTRAINT refused CHECK (pushed IS NULL)"
                               : "ALTER TABLE listing DROP CONSTRAINT refused");
}

std::string TestLane::itemPushed()
{
    CPPUNIT_ASSERT(!spoke().pushed.empty());
    const auto batch = JsonDocument::parse(spoke().pushed.back());
    std::string last;
    batch->root()["items"].each([&](Json item) {
        last = item.dump();
        return true;
    });
    return last;
}

std::int64_t TestLane::numberPushed(const char* member)
{
    return JsonDocument::parse(itemPushed())->root().integerOr(member, -1);
}

std::string TestLane::textPushed(const char* member)
{
    return std::string(JsonDocument::parse(itemPushed())->root().textOr(member));
}

} // namespace spokehub::test
