#include "sync/Adoption.h"

#include "core/Error.h"
#include "support/Engines.h"
#include "support/Paths.h"
#include "support/TestClock.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <optional>

using namespace spokehub;
using namespace spokehub::sync;
using spokehub::test::TestClock;
using spokehub::test::TestDatabase;

namespace
{

/// A channel that shows what it is given, `page` documents to a checkpoint and one page to a call.
class ShowingSpoke final : public spokes::Spoke
{
public:
    std::vector<std::string> listings;
    std::vector<std::string> levels;
    std::size_t page = 2;
    spokes::Verdict atPageEnd{Class::Retry, "the time is up", {}, {}};
    int pulls = 0;

    spokes::Verdict pull(const spokes::Call&, std::string_view stream, std::string_view request,
                         const spokes::DocumentSink& sink) override
    {
        ++pulls;
        const auto json = JsonDocument::parse(request);
        const std::string cursor(json->root().textOr("cursor"));
        const auto& all = stream == "listings" ? listings : levels;
        const std::size_t from = cursor.empty() ? 0 : std::stoul(cursor);
        const std::size_t to = std::min(all.size(), from + page);
        for (std::size_t at = from; at < to; ++at)
            sink(stream == "listings" ? spokes::DocumentKind::Listing : spokes::DocumentKind::Level,
                 all[at]);
        if (to == all.size())
            return {};
        sink(spokes::DocumentKind::Checkpoint, "{\"cursor\": \"" + std::to_string(to) + "\"}");
        return atPageEnd;
    }

    spokes::Accepted accept(const spokes::WebhookRequest&) const override { return {}; }
    spokes::Answer translate(const spokes::StoredMessage&) const override { return {}; }
    spokes::Answer check(const spokes::Call&) override { return {}; }
    spokes::Answer push(const spokes::Call&, std::string_view) override { return {}; }
    spokes::Answer subscribe(const spokes::Call&, std::string_view) override { return {}; }
};

constexpr const char* configText = R"(
api_keys: [{ name: admin, key: "env:KEY", role: admin }]
locations: [{ name: main }, { name: back }]
channels:
  - { name: shop, spoke: sandbox, secrets: { webhook_secret: "env:KEY" }, stock: { locations: [back, main] } }
  - { name: hand, spoke: sandbox, secrets: { webhook_secret: "env:KEY" }, match: manual }
  - { name: other, spoke: sandbox, secrets: { webhook_secret: "env:KEY" } }
)";

std::string listing(const std::string& id, const std::string& sku, const std::string& quantity,
                    const std::string& more = {})
{
    return "{\"external_id\": \"" + id + "\", \"stock_id\": \"s" + id + "\", \"sku\": \"" + sku +
           "\", \"title\": \"Title " + id + "\", \"price\": 6500, \"currency\": \"EUR\", " +
           "\"quantity\": " + quantity + more + "}";
}

std::string level(const std::string& stockId, int quantity)
{
    return "{\"stock_id\": \"" + stockId + "\", \"quantity\": " + std::to_string(quantity) + "}";
}

} // namespace

class AdoptionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AdoptionTest);
    CPPUNIT_TEST(variantsAndOpeningLevelsAreMadeOfWhatTheChannelShows);
    CPPUNIT_TEST(adoptedAgainNothingChanges);
    CPPUNIT_TEST(aDryRunTellsTheSameAndWritesNothing);
    CPPUNIT_TEST(aSkuThatIsEmptyOrStandsTwiceIsSkipped);
    CPPUNIT_TEST(withoutTheCatalogOnlyKnownSkusAreMatched);
    CPPUNIT_TEST(stockThatIsThereAlreadyIsLeftAlone);
    CPPUNIT_TEST(bundlesAndUntrackedListingsGetNoStock);
    CPPUNIT_TEST(aListingThatIsSoldInPacksBringsItsUnits);
    CPPUNIT_TEST(whatTheChannelStillOwesIsOnHandBesideWhatItShows);
    CPPUNIT_TEST(aChannelThatIsMatchedByHandGetsOnlyWhatIsMadeOfItself);
    CPPUNIT_TEST(otherChannelsThatOfferTheNewSkusAreMatched);
    CPPUNIT_TEST(moreThanAChunkIsAdoptedWhole);
    CPPUNIT_TEST(whatABrokenOffAdoptionLeftIsDoneByTheNext);
    CPPUNIT_TEST(aChannelThatCannotBeReadIsUnavailableAndNothingChanges);
    CPPUNIT_TEST(aThrottledChannelIsWaitedFor);
    CPPUNIT_TEST_SUITE_END();

    struct Hub
    {
        TestDatabase database;
        TestClock clock;
        IdGenerator ids{clock, 1};
        Config config = Config::parse(configText, "spokehub.yaml", [](const std::string&) {
            return std::optional<std::string>("key");
        });
        catalog::Variants variants{ids, clock};
        catalog::Bundles bundles;
        catalog::Listings listings{ids, clock};
        store::Writer writer{*database};
        store::Commands commands{writer};
        spokes::Manifest manifest;
        spokes::Channels channels{config, clock};
        orders::Orders orders{ids, clock, channels.orderRules(), bundles, listings};
        stock::Ledger ledger{ids, clock, orders.lines()};
        Scope scope{mainTenant, "key:admin"};

        std::optional<int> commitsLeft; // of transactions that change variants; then they fail

        Hub()
        {
            writer.beforeCommit([this](store::Tx&) {
                if (commitsLeft && (*commitsLeft)-- <= 0)
                    throw Error(Refusal::Unavailable, "broken off");
            });
            manifest.streams = {"orders", "listings", "levels"};
            writer.start();
            const spokes::SpokeLibraries libraries(
                {std::string(spokehub::test::binaryDir) + "/spokes"});
            channels.open(libraries, commands, *database, ids);
            for (const auto& channel : channels.all()) {
                channel->spoke = std::make_unique<ShowingSpoke>();
                channel->manifest = &manifest;
            }
        }
        ~Hub() { writer.stop(); }

        spokes::Channel& channel(const std::string& name)
        {
            return *channels.find(mainTenant, name);
        }
        ShowingSpoke& spoke(const std::string& name)
        {
            return static_cast<ShowingSpoke&>(*channel(name).spoke);
        }

        AdoptionReport adopt(const std::string& name, const AdoptionWish& wish)
        {
            spokes::Channel& of = channel(name);
            Adoption adoption(
                {of, channels, listings, variants, bundles, orders, ledger, commands, *database,
                 clock},
                [&](const auto& work) {
                    work(of, {clock.now() + std::chrono::seconds(10), {}});
                },
                scope, wish, "req_1");
            return adoption.run(clock.now() + std::chrono::minutes(1));
        }

        Id variant(const std::string& sku)
        {
            return commands.run(
                [&](store::Tx& tx) { return variants.create(tx, scope, {.sku = sku}).id; });
        }

        void stock(Id variant, std::int64_t units)
        {
            commands.run([&](store::Tx& tx) {
                const stock::StockRequest receive =
                    stock::AdjustRequest{.tenant = mainTenant,
                                         .variant = variant,
                                         .location = location("main"),
                                         .kind = stock::MovementKind::Receive,
                                         .onHand = units};
                ledger.settle(tx, {&receive, 1});
            });
        }

        Id location(const std::string& name)
        {
            return database.number("SELECT id FROM location WHERE name = '" + name + "'");
        }
        std::string skipped(const AdoptionReport& report)
        {
            std::string text;
            for (const auto& each : report.skipped)
                text += each.externalId + ": " + each.reason + "\n";
            return text;
        }
        std::int64_t onHand(const std::string& sku, const std::string& place)
        {
            return database.number("SELECT COALESCE(MAX(on_hand), -1) FROM stock_level l JOIN "
                                   "variant v ON v.id = l.variant_id WHERE v.sku = '" +
                                   sku +
                                   "' AND l.location_id = " + std::to_string(location(place)));
        }
    };
    std::optional<Hub> hub;

public:
    void setUp() override { hub.emplace(); }
    void tearDown() override { hub.reset(); }

    static constexpr AdoptionWish everything{.catalog = true, .stock = true};

    void showThree()
    {
        hub->spoke("shop").listings = {listing("1", "A", "12"), listing("2", "B", "7"),
                                       listing("3", "C", "null")};
        hub->spoke("shop").levels = {level("s2", 8), level("s3", 5)};
    }

    void variantsAndOpeningLevelsAreMadeOfWhatTheChannelShows()
    {
        showThree();

        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, report.listings);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, report.variantsCreated);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, report.matched);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, report.stockSet);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{25}, report.units);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, report.skippedInAll);
        CPPUNIT_ASSERT_EQUAL(3, hub->spoke("shop").pulls); // two of listings, one of levels
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, hub->onHand("A", "back"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->onHand("B", "back"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, hub->onHand("C", "back"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             hub->database.count("variant", "sku = 'B' AND title = 'Title 2' AND "
                                                            "price = 6500 AND currency = 'EUR'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3},
                             hub->database.count("stock_movement",
                                                 "kind = 8 AND cause = 'req_1' AND actor = "
                                                 "'key:admin' AND reason = 'opening stock of "
                                                 "channel shop'"));
    }

    void adoptedAgainNothingChanges()
    {
        showThree();
        hub->adopt("shop", everything);

        const auto again = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, again.variantsCreated);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, again.matched);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, again.stockSet);
        CPPUNIT_ASSERT_EQUAL(std::string("1: has stock already: left alone\n"
                                         "2: has stock already: left alone\n"
                                         "3: has stock already: left alone\n"),
                             hub->skipped(again));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, hub->database.count("stock_movement"));
    }

    void aDryRunTellsTheSameAndWritesNothing()
    {
        showThree();
        hub->spoke("shop").listings.push_back(listing("4", "", "1"));

        const auto dry = hub->adopt("shop", {.catalog = true, .stock = true, .dryRun = true});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database.count("listing"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database.count("variant"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database.count("stock_movement"));
        const auto real = hub->adopt("shop", everything);
        CPPUNIT_ASSERT(dry.dryRun && !real.dryRun);
        CPPUNIT_ASSERT_EQUAL(real.variantsCreated, dry.variantsCreated);
        CPPUNIT_ASSERT_EQUAL(real.matched, dry.matched);
        CPPUNIT_ASSERT_EQUAL(real.stockSet, dry.stockSet);
        CPPUNIT_ASSERT_EQUAL(real.units, dry.units);
        CPPUNIT_ASSERT_EQUAL(hub->skipped(real), hub->skipped(dry));
    }

    void aSkuThatIsEmptyOrStandsTwiceIsSkipped()
    {
        hub->spoke("shop").listings = {listing("0", "GONE-BY", "1")};
        hub->adopt("shop", {.catalog = false, .stock = false});
        hub->spoke("shop").listings = {listing("1", "", "1"), listing("2", "TWICE", "1"),
                                       listing("3", "TWICE", "1"), listing("4", "GONE-BY", "1"),
                                       listing("5", "GOOD", "1", ", \"removed\": true")};

        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(
            std::string("5: the channel has removed it\n"
                        "1: it has no SKU: give it one on the channel, or match it by hand\n"
                        "2: its SKU stands twice on the channel: match it by hand\n"
                        "3: its SKU stands twice on the channel: match it by hand\n"
                        "4: its SKU stands twice on the channel: match it by hand\n"),
            hub->skipped(report));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database.count("variant"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database.count("stock_movement"));
    }

    void withoutTheCatalogOnlyKnownSkusAreMatched()
    {
        hub->variant("A");
        showThree();

        const auto report = hub->adopt("shop", {.stock = true});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, report.matched);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, report.units);
        CPPUNIT_ASSERT_EQUAL(std::string("2: no variant has its SKU: --catalog makes one\n"
                                         "3: no variant has its SKU: --catalog makes one\n"),
                             hub->skipped(report));
    }

    void stockThatIsThereAlreadyIsLeftAlone()
    {
        hub->stock(hub->variant("A"), 3);
        showThree();

        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(std::string("1: has stock already: left alone\n"),
                             hub->skipped(report));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, report.matched);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, hub->onHand("A", "main"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-1}, hub->onHand("A", "back"));
    }

    void bundlesAndUntrackedListingsGetNoStock()
    {
        const Id part = hub->variant("PART");
        const Id box = hub->variant("BOX");
        hub->commands.run([&](store::Tx& tx) {
            hub->bundles.set(tx, hub->scope, box, {{part, 2}});
        });
        hub->spoke("shop").listings = {listing("1", "BOX", "4"),
                                       listing("2", "FREE", "4", ", \"tracked\": false"),
                                       listing("3", "LESS", "-2")};

        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(
            std::string("1: it is a bundle: its components have the stock\n"
                        "2: the channel does not track its stock\n"
                        "3: the channel shows -2 units: count them and set the stock by hand\n"),
            hub->skipped(report));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database.count("stock_movement"));
    }

    void aListingThatIsSoldInPacksBringsItsUnits()
    {
        showThree();
        hub->adopt("shop", {.catalog = true});
        hub->database.run("UPDATE listing SET units_per_sale = 6 WHERE external_id = '1'");

        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{72}, hub->onHand("A", "back"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{72 + 8 + 5}, report.units);
    }

    void whatTheChannelStillOwesIsOnHandBesideWhatItShows()
    {
        showThree();
        order("before", "2026-11-20T11:00:00Z");
        order("after", "2026-11-20T13:00:00Z"); // it is still in the twelve

        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{12 + 8 + 5 + 2}, report.units);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{14}, hub->onHand("A", "back"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{4},
            hub->database.number("SELECT CAST(SUM(reserved) AS BIGINT) FROM stock_level"));
    }

    /// An order of two A.
    void order(const std::string& id, const std::string& placedAt)
    {
        const auto facts = orders::readFacts(
            R"({"type": "order", "order_id": ")" + id + R"(", "updated_at": ")" + placedAt +
            R"(", "placed_at": ")" + placedAt + R"(", "number": ")" + id +
            R"(", "currency": "EUR", "lines": [{"line_id": "1", "variant_id": "1", "sku": "A",)"
            R"( "title": "A", "quantity": 2, "open": 2, "unit_price": 6500}]})");
        hub->commands.run([&](store::Tx& tx) {
            const orders::OrderMessage message{
                mainTenant, hub->channel("shop").id, {facts}, {"msg_1", "channel:shop", ""}};
            hub->orders.record(tx, {&message, 1});
        });
    }

    void aChannelThatIsMatchedByHandGetsOnlyWhatIsMadeOfItself()
    {
        hub->variant("A");
        hub->spoke("hand").listings = {listing("1", "A", "12"), listing("2", "B", "7")};

        const auto report = hub->adopt("hand", everything);

        CPPUNIT_ASSERT_EQUAL(std::string("1: the channel is set to match: manual\n"),
                             hub->skipped(report));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, report.matched);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, report.units);
    }

    void otherChannelsThatOfferTheNewSkusAreMatched()
    {
        hub->spoke("other").listings = {listing("9", "A", "0")};
        hub->adopt("other", {});
        showThree();

        hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            hub->database.count("listing", "external_id = '9' AND variant_id IS NOT NULL"));
    }

    void moreThanAChunkIsAdoptedWhole()
    {
        ShowingSpoke& spoke = hub->spoke("shop");
        spoke.page = 400;
        for (int i = 1; i <= 1001; ++i)
            spoke.listings.push_back(listing(std::to_string(i), "SKU-" + std::to_string(i), "2"));

        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1001}, report.variantsCreated);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2002}, report.units);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{2002},
            hub->database.number("SELECT CAST(SUM(on_hand) AS BIGINT) FROM stock_level"));
    }

    void whatABrokenOffAdoptionLeftIsDoneByTheNext()
    {
        ShowingSpoke& spoke = hub->spoke("shop");
        spoke.page = 1000;
        for (int i = 1; i <= 600; ++i)
            spoke.listings.push_back(listing(std::to_string(i), "SKU-" + std::to_string(i), "2"));
        hub->commitsLeft = 1;
        try {
            hub->adopt("shop", everything);
            CPPUNIT_FAIL("it was not broken off");
        } catch (const Error&) {
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{600}, hub->database.count("listing"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{500}, hub->database.count("variant"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{500}, hub->database.count("stock_movement"));

        hub->commitsLeft.reset();
        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, report.variantsCreated);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, report.units);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1200},
            hub->database.number("SELECT CAST(SUM(on_hand) AS BIGINT) FROM stock_level"));
    }

    void aChannelThatCannotBeReadIsUnavailableAndNothingChanges()
    {
        showThree();
        hub->spoke("shop").page = 0;

        try {
            hub->adopt("shop", everything);
            CPPUNIT_FAIL("it was adopted");
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.refusal() == Refusal::Unavailable);
            CPPUNIT_ASSERT_EQUAL(
                std::string("the channel's listings could not be read: retry: the time is up"),
                std::string(error.what()));
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database.count("listing"));
    }

    void aThrottledChannelIsWaitedFor()
    {
        showThree();
        hub->spoke("shop").atPageEnd = {
            Class::RateLimited, "too fast", std::chrono::milliseconds(1), {}};

        const auto report = hub->adopt("shop", everything);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, report.variantsCreated);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(AdoptionTest);
