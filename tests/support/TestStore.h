#pragma once

#include "catalog/Bundles.h"
#include "catalog/Listings.h"
#include "catalog/Variants.h"
#include "orders/OrderCommands.h"
#include "spokes/Channels.h"
#include "spokes/SpokeLibrary.h"
#include "stock/StockCommands.h"
#include "store/Commands.h"
#include "support/FakeSpoke.h"
#include "support/TestClock.h"
#include "support/TestDatabase.h"
#include "sync/Applier.h"
#include "sync/Inbox.h"
#include "sync/Intake.h"
#include "sync/Tasks.h"

namespace spokehub::test
{

/// The log says nothing while this lives: what a test provokes is not news.
struct QuietLog
{
    QuietLog();
    ~QuietLog();
};

/// A hub without its edge and threads, on a fresh database: all writers of stock, orders and tasks
/// wired together, and two channels, "shop" and "market", whose spokes do what the test says.
struct TestStore
{
    TestStore();

    QuietLog quiet;
    TestDatabase database;
    TestClock clock;
    IdGenerator ids{clock, 1};
    Config config;
    store::Writer writer{*database};
    catalog::Variants variants{ids, clock};
    catalog::Bundles bundles;
    catalog::Listings listings{ids, clock};
    spokes::Channels channels{config, clock};
    orders::Orders orders{ids, clock, channels.orderRules(), bundles, listings};
    orders::OrderCommands orderCommands{orders, ids, clock};
    stock::Ledger ledger{ids, clock, orders.lines()};
    sync::Tasks tasks{ids, clock, bundles, listings};
    sync::Signal intakeSignal;
    sync::Inbox inbox{writer, ids, intakeSignal};
    orders::PrivacyRequests privacy{ids, clock};
    sync::Applier applier{orders, privacy, listings, tasks, channels};
    sync::Intake intake{inbox, applier, channels, writer, *database, clock, {.attemptsMax = 3}};
    stock::StockCommands stock{writer, ledger, variants, bundles, ids, clock};
    store::Commands commands{writer};
    spokes::Manifest manifest;
    Scope acme{mainTenant, "test"};

    spokes::Channel& shop() { return *channels.find(mainTenant, "shop"); }
    spokes::Channel& market() { return *channels.find(mainTenant, "market"); }
    FakeSpoke& spoke(spokes::Channel& channel) { return static_cast<FakeSpoke&>(*channel.spoke); }

    // ---- what is there
    Id variant(const std::string& sku);
    /// A variant with so many on hand.
    Id stocked(const std::string& sku, std::int64_t units, const std::string& location = "main");
    Id bundle(const std::string& sku, const catalog::Components& components);
    Id listing(spokes::Channel& channel, const std::string& externalId, const std::string& sku);

    // ---- what happens
    stock::StockResult run(decltype(stock::StockCommand::what) what, const std::string& key = {});
    /// Documents of one message of the shop.
    void record(const std::vector<std::string>& documents);
    void record(spokes::Channel& channel, const std::vector<std::string>& documents);
    /// A message that is recorded, and waits in the inbox.
    void keep(const sync::NewMessage& message);

    // ---- what is seen
    std::int64_t onHand(const std::string& sku, const std::string& location = "main");
    std::int64_t reserved(const std::string& sku, const std::string& location = "main");
    std::int64_t number(const std::string& sql) { return database.number(sql); }
    std::int64_t count(const std::string& table, const std::string& where = "1 = 1")
    {
        return database.count(table, where);
    }
    /// Of the only order of this external id.
    Id order(const std::string& externalId);
    std::string status(const std::string& externalId);
    /// A column of an order's line, by the line's external id.
    std::int64_t line(const std::string& externalId, const std::string& line,
                      const std::string& column);
    /// Levels are what their movements and reservations sum up to.
    void checkSums();

    template <class Work>
    std::string refusalOf(const Work& work)
    {
        try {
            work();
        } catch (const Error& error) {
            lastRefusal = error.refusal();
            return error.what();
        }
        return "it was taken";
    }
    Refusal lastRefusal = Refusal::BadRequest;
};

/// One line of an order's document.
struct SoldLine
{
    std::string id;
    std::string sku;
    std::int64_t quantity = 1;
    std::string externalVariantId{};
};

/// A snapshot of an order, as DOCUMENTS.md has it. Times are minutes after TestClock::start.
std::string orderDocument(const std::string& id, const std::vector<SoldLine>& lines,
                          int updated = 0, const std::string& status = "{}", int placed = 0);
/// Any event: `members` are those after the order's id and the time.
std::string eventDocument(const std::string& type, const std::string& order, const std::string& id,
                          int updated, const std::string& members = {});

} // namespace spokehub::test
