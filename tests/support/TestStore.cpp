#include "support/TestStore.h"

#include <cppunit/TestAssert.h>

namespace spokehub::test
{

namespace
{

constexpr const char* configuration = R"(
locations: [{ name: main }, { name: depot }]
channels:
  - { name: shop, spoke: fake, settings: {} }
  - { name: market, spoke: fake, settings: {} }
)";

std::string minutesAfterStart(int minutes)
{
    return toIso(TestClock::start + std::chrono::minutes(minutes));
}

} // namespace

QuietLog::QuietLog()
{
    constexpr Level nothing{static_cast<int>(Level::Error) + 1};
    Log::threshold(nothing);
}

QuietLog::~QuietLog()
{
    Log::threshold(Level::Warning);
}

TestStore::TestStore() : config(Config::parse(configuration, "test.yaml"))
{
    writer.beforeCommit([this](store::Tx& tx) { tasks.planChanged(tx); });
    writer.start();
    manifest.streams = {"orders", "listings", "levels"};
    manifest.rate = {.capacity = 1'000'000, .restorePerSecond = 1'000'000};
    channels.open(spokes::SpokeLibraries({}), commands, *database, ids);
    for (const auto& channel : channels.all()) {
        channel->problem.clear();
        channel->manifest = &manifest;
        channel->values = std::make_unique<spokes::BufferedValues>();
        channel->spoke = std::make_unique<FakeSpoke>();
    }
}

Id TestStore::variant(const std::string& sku)
{
    return commands.run([&](store::Tx& tx) { return variants.create(tx, acme, {.sku = sku}).id; });
}

Id TestStore::stocked(const std::string& sku, std::int64_t units, const std::string& location)
{
    const Id id = variant(sku);
    run(stock::Adjust{.sku = sku, .location = location, .onHand = units, .reason = {}});
    return id;
}

Id TestStore::bundle(const std::string& sku, const catalog::Components& components)
{
    const Id id = variant(sku);
    commands.run([&](store::Tx& tx) { bundles.set(tx, acme, id, components); });
    return id;
}

Id TestStore::listing(spokes::Channel& channel, const std::string& externalId,
                      const std::string& sku)
{
    return commands.run([&](store::Tx& tx) {
        return listings
            .create(tx, acme, {.channel = channel.id, .externalId = externalId, .sku = sku})
            .id;
    });
}

stock::StockResult TestStore::run(decltype(stock::StockCommand::what) what, const std::string& key)
{
    return stock.run(
        {.scope = acme, .idempotencyKey = key, .cause = "req_1", .what = std::move(what)});
}

void TestStore::record(const std::vector<std::string>& documents)
{
    record(shop(), documents);
}

void TestStore::record(spokes::Channel& channel, const std::vector<std::string>& documents)
{
    commands.run([&](store::Tx& tx) {
        orders::OrderMessage message{mainTenant, channel.id, {}, {"msg_1", "channel", {}}};
        for (const std::string& document : documents)
            message.orders.push_back(orders::readFacts(document));
        orders.record(tx, {&message, 1});
    });
}

void TestStore::keep(const sync::NewMessage& message)
{
    const auto kept = std::make_shared<std::promise<bool>>();
    inbox.keep(message, [kept](const store::Outcome<sync::Kept>& outcome) {
        kept->set_value(outcome.ok());
    });
    writer.work();
    CPPUNIT_ASSERT_MESSAGE("the message " + message.messageId + " is not kept",
                           kept->get_future().get());
}

namespace
{

std::string levelOf(const std::string& column, const std::string& sku, const std::string& location)
{
    return "SELECT COALESCE(SUM(l." + column +
           "), 0) FROM stock_level l JOIN variant v ON v.id = l.variant_id JOIN location p ON p.id "
           "= "
           "l.location_id WHERE v.sku = '" +
           sku + "' AND p.name = '" + location + "'";
}

} // namespace

std::int64_t TestStore::onHand(const std::string& sku, const std::string& location)
{
    return database.number("SELECT CAST((" + levelOf("on_hand", sku, location) + ") AS BIGINT)");
}

std::int64_t TestStore::reserved(const std::string& sku, const std::string& location)
{
    return database.number("SELECT CAST((" + levelOf("reserved", sku, location) + ") AS BIGINT)");
}

Id TestStore::order(const std::string& externalId)
{
    return database.number("SELECT id FROM sales_order WHERE external_id = '" + externalId + "'");
}

std::string TestStore::status(const std::string& externalId)
{
    return database.text("SELECT status FROM sales_order WHERE external_id = '" + externalId + "'");
}

std::int64_t TestStore::line(const std::string& externalId, const std::string& line,
                             const std::string& column)
{
    return database.number("SELECT l." + column +
                           " FROM order_line l JOIN sales_order o ON o.id = l.order_id WHERE "
                           "o.external_id = '" +
                           externalId + "' AND l.external_line_id = '" + line + "'");
}

void TestStore::checkSums()
{
    const std::string ofLevel = " m WHERE m.tenant_id = l.tenant_id AND m.variant_id = "
                                "l.variant_id AND m.location_id = l.location_id)";
    CPPUNIT_ASSERT_EQUAL(
        std::int64_t{0},
        count(
            "stock_level l",
            "l.reserved < 0 OR l.reserved > l.on_hand"
            " OR l.on_hand <> (SELECT COALESCE(SUM(m.on_hand_delta), 0) FROM stock_movement" +
                ofLevel +
                " OR l.reserved <> (SELECT COALESCE(SUM(m.reserved_delta), 0) FROM stock_movement" +
                ofLevel +
                " OR l.reserved <> (SELECT COALESCE(SUM(m.quantity), 0) FROM reservation" +
                ofLevel));
}

std::string orderDocument(const std::string& id, const std::vector<SoldLine>& lines, int updated,
                          const std::string& status, int placed)
{
    JsonWriter json;
    json.beginObject().member("type", "order").member("order_id", id).member("number", "#" + id);
    json.member("updated_at", minutesAfterStart(updated));
    json.member("placed_at", minutesAfterStart(placed)).member("currency", "USD");
    json.key("status").raw(status).key("totals").raw(R"({"total": 1000})");
    json.key("lines").beginArray();
    for (const SoldLine& line : lines) {
        json.beginObject().member("line_id", line.id).member("sku", line.sku);
        json.member("variant_id", line.externalVariantId).member("quantity", line.quantity);
        json.endObject();
    }
    return json.endArray().endObject().take();
}

std::string eventDocument(const std::string& type, const std::string& order, const std::string& id,
                          int updated, const std::string& members)
{
    JsonWriter json;
    json.beginObject().member("type", type).member("order_id", order).member("id", id);
    json.member("updated_at", minutesAfterStart(updated));
    if (!members.empty())
        json.raw(members);
    return json.endObject().take();
}

} // namespace spokehub::test
