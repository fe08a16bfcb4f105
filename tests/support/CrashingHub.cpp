#include "support/CrashingHub.h"

#include "ops/Doctor.h"
#include "support/RunningHub.h"
#include "support/TwoShops.h"

#include <cppunit/TestAssert.h>

#include <fstream>
#include <sstream>

namespace spokehub::test
{

namespace
{

constexpr std::int64_t opening = 500;

std::filesystem::path freshDirectory()
{
    std::string name = (std::filesystem::temp_directory_path() / "spokehub-crash-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a directory for the test");
    return name;
}

} // namespace

CrashingHub::CrashingHub(TestDatabase::Content content)
    : database(content), shop({.secret = RunningHub::secret,
                               .allowHttp = true,
                               .capacity = 1'000'000,
                               .restorePerSecond = 1'000'000}),
      directory(freshDirectory())
{
    shop.with([](standin::Shop& real) { return real.addVariant(sku, opening).id; });
    calls.emplace(directory / "calls");
    auto environment = twoShopsEnvironment(shop, database.url());
    environment[StoreCalls::variable] = (directory / "calls").string();
    hub.emplace(twoShopsYaml(shop, sku, directory), environment, "spokehubd-crashing");
}

CrashingHub::~CrashingHub()
{
    hub.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
}

void CrashingHub::open()
{
    onHand = opening;
    if (!hub->alive())
        hub->start();
    CPPUNIT_ASSERT_EQUAL(
        201,
        post(
            "/admin/skus",
            R"({"product_title": "Leggings", "category": "leggings", "sku_code": "LEG-S", "size": "S", "color": "BK", "price_cents": 6500, "cost_cents": 2000, "qty_on_hand": 500, "reorder_level": 1})"));
    for (const char* channel : {"shopify", "corner"})
        CPPUNIT_ASSERT_EQUAL(202, post("/api/v1/channels/" + std::string(channel) + "/sync"));
    eventually("the listings are matched",
               [this] { return database.count("listing", "variant_id IS NOT NULL") == 2; });
    CPPUNIT_ASSERT(settled());
    verify("after the first start");
}

bool CrashingHub::deliver()
{
    bool all = true;
    for (const int status :
         shop.deliver("http://127.0.0.1:" + std::to_string(hub->port()) + "/webhooks/shopify"))
    {
        all = all && status == 200;
        if (status != 200)
            eventually("a hub that does not take a webhook has ended (" + std::to_string(status) +
                           ")",
                       [this] { return !hub->alive(); });
    }
    return all;
}

int CrashingHub::post(const std::string& target, const std::string& body, const std::string& key)
{
    HttpClient::Headers headers = {{"X-Api-Key", RunningHub::key},
                                   {"Content-Type", "application/json"}};
    if (!key.empty())
        headers.emplace_back("Idempotency-Key", key);
    try {
        HttpClient client(hub->port());
        const Reply reply = client.post(target, body, headers);
        const auto answer = JsonDocument::parse(reply.body);
        _answer = answer ? std::string(answer->root().textOr("id")) : std::string();
        return reply.status;
    } catch (const std::exception&) {
        eventually("a hub that does not answer has ended", [this] { return !hub->alive(); });
        return 0;
    }
}

std::int64_t CrashingHub::place(std::int64_t units, bool paid)
{
    return shop.with([&](standin::Shop& real) { return real.place({{sku, units}}, paid).id; });
}

std::string CrashingHub::orderId(std::int64_t shopOrder)
{
    const std::string where =
        " FROM sales_order WHERE external_id LIKE '%" + std::to_string(shopOrder) + "'";
    return database.number("SELECT count(*)" + where) == 1
               ? showId("ord", database.number("SELECT id" + where))
               : std::string();
}

std::string CrashingHub::lineId(std::int64_t shopOrder)
{
    const Id order = *readId("ord", orderId(shopOrder));
    return showId("oln", database.number("SELECT id FROM order_line WHERE order_id = " +
                                         std::to_string(order)));
}

std::int64_t CrashingHub::ordersOf(std::int64_t shopOrder)
{
    return database.count("sales_order", "external_id LIKE '%" + std::to_string(shopOrder) + "'");
}

bool CrashingHub::quiet()
{
    return database.count("inbox_message", "state = 1") == 0 &&
           database.count("task", "state IN (1, 2)") == 0;
}

void CrashingHub::spare()
{
    if (!calls->spare())
        eventually("a hub that met its call has ended", [this] { return !hub->alive(); });
}

bool CrashingHub::settled()
{
    eventually("nothing is left to do", [this] { return !hub->alive() || quiet(); });
    return hub->alive();
}

std::int64_t CrashingHub::corner() const
{
    std::stringstream text;
    text << std::ifstream(directory / "corner.json").rdbuf();
    const auto document = JsonDocument::parse(text.str());
    return document ? document->root()["stock"][sku].integerOr("quantity", -1) : -1;
}

void CrashingHub::verify(const std::string& when)
{
    const std::string level = " FROM stock_level l JOIN variant v ON v.id = l.variant_id WHERE "
                              "v.sku = 'LEG-S'";
    CPPUNIT_ASSERT_EQUAL_MESSAGE(when, onHand, database.number("SELECT on_hand" + level));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(when, reserved, database.number("SELECT reserved" + level));
    // What the shop shows moves by its own doing too; until such a gap is explained it is told
    // less.
    const std::int64_t gap = database.number("SELECT gap FROM listing l JOIN channel c ON c.id = "
                                             "l.channel_id WHERE c.name = 'shopify' AND l.sku = "
                                             "'LEG-S'");
    CPPUNIT_ASSERT_EQUAL_MESSAGE(when, onHand - reserved - gap, shop.available(sku));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(when, onHand - reserved, corner());
    CPPUNIT_ASSERT_EQUAL_MESSAGE(when, std::int64_t{0}, database.count("task", "state = 4"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(when, std::int64_t{0},
                                 database.count("inbox_message", "state = 3"));
    assertVerified(database, hub->config(), when);
}

void assertVerified(TestDatabase& database, const Config& config, const std::string& when)
{
    const SystemClock clock;
    IdGenerator ids(clock, 0);
    const catalog::Listings listings(ids, clock);
    const catalog::Bundles bundles;
    std::vector<spokes::ChannelRules> channels;
    database->read(
        [&](store::Session& session) { channels = spokes::readChannelRules(config, session); });
    JsonWriter found;
    found.beginArray();
    ops::Doctor(std::move(channels), listings, bundles, clock)
        .verify(*database, mainTenant,
                [&](const ops::Disagreement& each) { ops::write(found, mainTenantName, each); });
    CPPUNIT_ASSERT_EQUAL_MESSAGE(when, std::string("[]"), found.endArray().take());
}

} // namespace spokehub::test
