// The command line against a running hub with a stand-in Shopify and a sandbox shop. A house rule
// sees that every verb is run here or in CommandLineTest.
#include "support/CommandsOfHub.h"
#include "support/Engines.h"

#include "standin/ShopifyStandIn.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace spokehub;
using namespace spokehub::test;
using spokehub::standin::ShopifyStandIn;

class CommandLineFlowTest : public CommandsOfHub
{
    CPPUNIT_TEST_SUITE(CommandLineFlowTest);
    CPPUNIT_TEST(aShopIsAdoptedAndTheOtherHearsItsStock);
    CPPUNIT_TEST(whatTheShopStillOwesIsAdoptedToo);
    CPPUNIT_TEST(channelsAreLookedAtPausedAndSubscribed);
    CPPUNIT_TEST(stockIsChangedAndHeld);
    CPPUNIT_TEST(stockIsReceivedMovedAndRunsLow);
    CPPUNIT_TEST(anOrderIsHeldAndApproved);
    CPPUNIT_TEST(aWholeListIsExportedPageByPage);
    CPPUNIT_TEST(shellsLearnTheWords);
    CPPUNIT_TEST(anOrderIsShippedAndAnotherCancelled);
    CPPUNIT_TEST(whatFailedIsFoundAndTriedAgain);
    CPPUNIT_TEST(secretsOfAChannelAreSetAndRevoked);
    CPPUNIT_TEST(theDoctorNamesALevelThatDisagrees);
    CPPUNIT_TEST(theSchemaIsLeftAloneWhileAHubRuns);
    CPPUNIT_TEST(peopleAreMadeBesideARunningHub);
    CPPUNIT_TEST(aKeyIsMadeUsedAndRevoked);
    CPPUNIT_TEST_SUITE_END();

    std::optional<ShopifyStandIn> shop;

public:
    void setUp() override
    {
        CommandsOfHub::setUp();
        shop.emplace(standin::StandInOptions{.secret = RunningHub::secret, .allowHttp = true});
        shop->with([](standin::Shop& real) {
            real.addVariant("LEG-S", 10);
            real.addVariant("LEG-M", 5);
            return 0;
        });
        hub.emplace(channels());
    }

    void tearDown() override
    {
        CommandsOfHub::tearDown();
        shop.reset();
    }

    std::string channels()
    {
        const auto location = shop->with(
            [](standin::Shop& real) { return std::to_string(real.locations.front().id); });
        return "channels:\n"
               "  - name: shopify\n"
               "    spoke: shopify\n"
               "    settings: { shop: leggings.myshopify.com, base_url: \"" +
               shop->url() + "\", location: \"gid://shopify/Location/" + location +
               "\" }\n"
               "    secrets: { access_token: \"env:TOKEN\", webhook_secret: [\"env:SECRET\"] }\n"
               "    pull: { orders: off, listings: off, levels: off }\n"
               "  - name: corner\n"
               "    spoke: sandbox\n"
               "    settings: { shop: cli-" +
               std::to_string(shop->port()) +
               ", catalog: [\"LEG-S=0\"] }\n"
               "    secrets: { webhook_secret: \"env:SECRET\" }\n";
    }

    void adopt()
    {
        ok("channel adopt shopify --catalog --stock -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, number("variants_created"));
        hub->settle();
    }

    void order(const std::string& sku, std::int64_t quantity)
    {
        shop->with([&](standin::Shop& real) {
            real.place({{sku, quantity}});
            return 0;
        });
        deliver();
    }

    void deliver()
    {
        for (const int status : shop->deliver(hub->address() + "/webhooks/shopify"))
            CPPUNIT_ASSERT_EQUAL(200, status);
        hub->settle();
    }

    std::int64_t shippedUnits()
    {
        return hub->database().number("SELECT CAST(SUM(shipped) AS BIGINT) FROM order_line");
    }

    void aShopIsAdoptedAndTheOtherHearsItsStock()
    {
        ok("channel sync corner");
        eventually("corner is read", [this] { return hub->database().count("listing") == 1; });
        ok("channel adopt shopify --catalog --stock --dry-run -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{15}, number("units"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("variant"));

        ok("channel adopt shopify --catalog --stock -o json");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, number("variants_created"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, number("matched"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, number("stock_set"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{15}, number("units"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, hub->available("LEG-S"));
        eventually("corner hears", [this] {
            return hub->database().count("listing", "sku = 'LEG-S' AND pushed = 10") == 2;
        });
        ok("channel adopt shopify --catalog --stock");
        CPPUNIT_ASSERT(said("has stock already: left alone"));
        ok("listing list --channel corner -o csv");
        CPPUNIT_ASSERT(said(",corner,LEG-S,"));
    }

    void whatTheShopStillOwesIsAdoptedToo()
    {
        shop->with([](standin::Shop& real) {
            real.place({{"LEG-S", 3}});
            return 0;
        });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, shop->available("LEG-S"));
        shop->deliver(hub->address() + "/webhooks/shopify");
        hub->settle();

        adopt();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{3},
            hub->database().number("SELECT reserved FROM stock_level l JOIN variant "
                                   "v ON v.id = l.variant_id WHERE v.sku = 'LEG-S'"));
    }

    void channelsAreLookedAtPausedAndSubscribed()
    {
        ok("channel list");
        CPPUNIT_ASSERT(said("shopify  shopify  running"));
        ok("channel check shopify");
        ok("channel pause shopify --reason holidays");
        ok("channel show shopify");
        CPPUNIT_ASSERT(said("paused by key:admin: holidays"));
        ok("channel resume shopify");

        CPPUNIT_ASSERT_EQUAL(1, run("channel subscriptions shopify"));
        CPPUNIT_ASSERT(said("set server.public_url in the configuration, or give an address"));
        const std::string there = " --address " + hub->address() + "/webhooks/shopify";
        ok("channel subscriptions shopify repair" + there);
        CPPUNIT_ASSERT(said("created"));
        ok("channel subscriptions shopify list" + there);
        CPPUNIT_ASSERT(said("present"));
        ok("channel subscriptions shopify remove --yes" + there);
        CPPUNIT_ASSERT(said("removed"));
        CPPUNIT_ASSERT_EQUAL(1, run("channel subscriptions corner repair" + there));
        CPPUNIT_ASSERT(said("spoke sandbox has no subscriptions"));
        CPPUNIT_ASSERT_EQUAL(1, run("channel show nowhere"));
        CPPUNIT_ASSERT(said("there is no channel nowhere"));
    }

    void stockIsChangedAndHeld()
    {
        adopt();

        ok("stock adjust LEG-S --by 2 --reason found -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, number("on_hand"));
        ok("stock adjust LEG-S --to 9 -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, number("on_hand"));
        ok("stock reserve LEG-S 4 --reference desk -o json");
        const std::string id(JsonDocument::parse(out)->root().textOr("id"));
        ok("stock show LEG-S -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, number("available"));
        CPPUNIT_ASSERT_EQUAL(1, run("stock reserve LEG-S 6"));
        CPPUNIT_ASSERT(said("LEG-S"));
        ok("stock release " + id);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, hub->available("LEG-S"));
    }

    void stockIsReceivedMovedAndRunsLow()
    {
        adopt();
        hub->postJson("/api/v1/locations", R"({"name": "shop"})");
        hub->postJson("/api/v1/stock/limits", R"({"sku": "LEG-M", "reorder_level": 5})");

        ok("stock receive LEG-S 3 --reason 4711 -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{13}, number("on_hand"));
        ok("stock transfer LEG-S 4 main shop");
        ok("stock list -o csv");
        CPPUNIT_ASSERT(said("LEG-S,shop,4,0,"));
        ok("stock low -o csv");
        CPPUNIT_ASSERT(said("LEG-M,main,5,0,0,5,5"));
        CPPUNIT_ASSERT(!said("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(1, run("stock transfer LEG-S 40 main shop"));
        CPPUNIT_ASSERT_EQUAL(2, run("--watch 1 stock receive LEG-S 1"));
        CPPUNIT_ASSERT(said("--watch is for verbs that only look"));
    }

    void anOrderIsHeldAndApproved()
    {
        adopt();
        order("LEG-S", 1);
        ok("order list -o json");
        const std::string id = idOfFirst();

        ok("order hold " + id + " --reason unsure -o json");
        CPPUNIT_ASSERT(said("\"review\":\"unsure\""));
        ok("order release " + id);
        ok("order hold " + id);
        ok("order approve " + id + " --reason friend -o json");
        CPPUNIT_ASSERT(said("\"review\":\"\""));
        ok("order timeline " + id);
        CPPUNIT_ASSERT(said("confirmed"));
        ok("report sales --time-zone Europe/Berlin -o json");
        ok("report progress --from 2026-01-01 --to 2026-01-02 -o csv");
        CPPUNIT_ASSERT_EQUAL(std::string("day,channel,status,orders\n"), out);
        CPPUNIT_ASSERT_EQUAL(1, run("report sales --from yesterday"));
    }

    void aWholeListIsExportedPageByPage()
    {
        std::string rows;
        for (int i = 0; i < 601; ++i)
            rows += (rows.empty() ? "" : ",") + std::string("{\"sku\": \"S") + std::to_string(i) +
                    "\"}";
        hub->postJson("/api/v1/variants/bulk", "{\"rows\": [" + rows + "]}");

        ok("export variants");
        CPPUNIT_ASSERT(out.starts_with("id,sku,"));
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{602}, std::count(out.begin(), out.end(), '\n'));
        CPPUNIT_ASSERT_EQUAL(out.rfind("id,sku,"), std::size_t{0});
        ok("export variants -o json");
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{601}, std::count(out.begin(), out.end(), '\n'));
        CPPUNIT_ASSERT_EQUAL(2, run("export wheels"));
        CPPUNIT_ASSERT(said("'wheels' is none of audit, brands"));
    }

    void shellsLearnTheWords()
    {
        ok("completion bash");
        CPPUNIT_ASSERT(said("complete -F _spokehub spokehub"));
        CPPUNIT_ASSERT(said("transfer) words='--reason "));
        ok("completion zsh");
        CPPUNIT_ASSERT(said("bashcompinit"));
        CPPUNIT_ASSERT(!said("mapfile"));
        CPPUNIT_ASSERT_EQUAL(2, run("completion fish"));
    }

    void anOrderIsShippedAndAnotherCancelled()
    {
        adopt();
        shop->with([](standin::Shop& real) {
            real.place({{"LEG-S", 2}, {"LEG-M", 1}});
            return 0;
        });
        deliver();
        ok("order list -o json");
        const std::string shipped = idOfFirst();
        std::string lines;
        JsonDocument::parse(out)->root()["data"].each([&](Json row) {
            row["lines"].each([&](Json line) {
                lines += " --line " + std::string(line.textOr("id")) + "=1";
                return true;
            });
            return true;
        });

        ok("order ship " + shipped + lines +
           " --carrier UPS --tracking 1Z9 --tracking-url https://ups.example/1Z9");

        ok("order show " + shipped);
        CPPUNIT_ASSERT(said("1Z9"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, shippedUnits());
        ok("order ship " + shipped); // the rest of it
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, shippedUnits());
        CPPUNIT_ASSERT_EQUAL(2, run("order ship " + shipped + " --line oln_1"));
        CPPUNIT_ASSERT(said("'oln_1' is not LINE=QUANTITY"));
        order("LEG-M", 1);
        ok("order list --status confirmed -o json");
        const std::string cancelled = idOfFirst();
        CPPUNIT_ASSERT_EQUAL(2, run("order cancel " + cancelled));
        CPPUNIT_ASSERT(said("say --yes"));
        ok("order cancel " + cancelled + " --yes --reason mistake");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, hub->available("LEG-M"));
    }

    void whatFailedIsFoundAndTriedAgain()
    {
        const std::string body = "{\"id\": true}";
        HttpClient client(hub->port());
        CPPUNIT_ASSERT_EQUAL(
            200,
            client.post("/webhooks/shopify", body, shopifyHeaders(body, "orders/create", "d-1"))
                .status);
        eventually("it has failed",
                   [this] { return hub->database().count("inbox_message", "state = 3") == 1; });

        ok("inbox list --state failed -o json");
        const std::string message = idOfFirst();
        ok("inbox show " + message);
        CPPUNIT_ASSERT(said(body));
        ok("inbox replay " + message);

        ok("task list --state failed");
        ok("task retry --channel shopify -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, number("retried"));
        CPPUNIT_ASSERT_EQUAL(1, run("task retry tsk_1"));
        ok("listing pending");
        ok("listing errors");
    }

    /// A configuration that names the hub's database.
    std::string config()
    {
        const auto file = hub->directory() / "cli.yaml";
        std::ofstream(file) << "database: { url: \"env:SPOKEHUB_TEST_DATABASE\" }\n";
        ::setenv("SPOKEHUB_TEST_DATABASE", hub->database().url().c_str(), 1);
        return file.string();
    }

    void secretsOfAChannelAreSetAndRevoked()
    {
        const std::string value = hub->directory() / "value";
        std::ofstream(value) << "canary-of-the-line\n";
        ok("channel set-secret corner webhook_secret -o json --file " + value);
        const std::string secret = id();
        CPPUNIT_ASSERT(!said("canary"));
        ok("channel secrets corner -o csv");
        CPPUNIT_ASSERT(said("webhook_secret,true," + secret + ",key:admin,"));
        CPPUNIT_ASSERT(said("webhook_secret,true,,configuration,"));
        ok("channel revoke-secret corner webhook_secret --configured --yes");
        ok("channel revoke-secret corner " + secret + " --yes");
        ok("channel secrets corner -o csv");
        CPPUNIT_ASSERT(said("webhook_secret,true,,,\n"));
        CPPUNIT_ASSERT_EQUAL(1, run("channel revoke-secret corner " + secret + " --yes"));
        CPPUNIT_ASSERT_EQUAL(2, run("channel set-secret corner webhook_secret"));
        CPPUNIT_ASSERT_EQUAL(1, run("channel secrets corner --tenant main")); // not the provider
    }

    void theDoctorNamesALevelThatDisagrees()
    {
        adopt();
        order("LEG-S", 2);
        ok("doctor --verify --config " + config());
        hub->database().run("UPDATE stock_level SET on_hand = on_hand + 1 WHERE reserved = 2");

        CPPUNIT_ASSERT_EQUAL(1, run("doctor --verify -o csv --config " + config()));

        CPPUNIT_ASSERT_EQUAL(
            std::string("table,row,what,expected,found,remedy\n"
                        "stock_level,sku=LEG-S location=main,\"on_hand, by movements\",10,11,"),
            out.substr(0, out.find("\"something")));
        CPPUNIT_ASSERT(said("1 disagreements"));
    }

    std::string file(const std::string& name, const std::string& content)
    {
        const auto path = hub->directory() / name;
        std::ofstream(path) << content;
        return path.string();
    }

    void peopleAreMadeBesideARunningHub()
    {
        const std::string with = " --config " + config();
        const std::string good =
            " --password-file " + file("good", "correct horse battery staple\n");
        ok("user add Ann --role admin --email ann@example.com" + good + with);
        ok("user add max --role WAREHOUSE_OP --hash-file " +
           file("old", "$2b$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC") + with);
        CPPUNIT_ASSERT_EQUAL(1, run("user add ann --role viewer" + good + with));
        CPPUNIT_ASSERT(said("ann is taken"));
        CPPUNIT_ASSERT_EQUAL(1, run("user add eva --role viewer --password-file " +
                                    file("bad", "spokehub2026") + with));
        CPPUNIT_ASSERT(said("the password is made of common words"));
        CPPUNIT_ASSERT_EQUAL(
            1, run("user add eva --role viewer --hash-file " + file("none", "$1$x$y") + with));
        CPPUNIT_ASSERT_EQUAL(2, run("user add eva --role root" + good + with));

        ok("user list -o csv" + with);
        CPPUNIT_ASSERT(said("\nann,"));
        CPPUNIT_ASSERT(said("\nmax,"));
        CPPUNIT_ASSERT(!said("eva"));
        ok("user set-password max" + good + with);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                             hub->database().count("user_account", "password LIKE '$argon2id$%'"));
        ok("user deactivate MAX" + with);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("user_account", "active = 1"));
        CPPUNIT_ASSERT_EQUAL(1, run("user deactivate ann" + with));
        CPPUNIT_ASSERT(said("ann is the last administrator"));
        CPPUNIT_ASSERT_EQUAL(1, run("user deactivate nobody" + with));
    }

    void aKeyIsMadeUsedAndRevoked()
    {
        const std::string with = " --config " + config();
        const auto member = [&](const char* name) {
            return std::string(JsonDocument::parse(out)->root().textOr(name));
        };
        ok("key add till --role SALES_REP --days 30 -o json" + with);
        const std::string key = member("key");
        const std::string id = member("id");
        const auto asked = [&] {
            HttpClient client(hub->port());
            return client.get("/api/v1/variants", {{"X-Api-Key", key}}).status;
        };
        CPPUNIT_ASSERT_EQUAL(200, asked());

        ok("key list -o csv" + with);
        CPPUNIT_ASSERT(said(id + ",till,SALES_REP,cli:"));
        CPPUNIT_ASSERT(!said(key));
        ok("key revoke " + id + with);
        CPPUNIT_ASSERT_EQUAL(401, asked());
        ok("audit list --action keys.manage -o csv");
        CPPUNIT_ASSERT(said("spokehub key revoke"));
        CPPUNIT_ASSERT(!said(key));
        ok("audit verify" + with);
        CPPUNIT_ASSERT_EQUAL(1, run("audit verify --tenant nobody" + with));
        CPPUNIT_ASSERT_EQUAL(1, run("key add x --role root" + with));
        CPPUNIT_ASSERT_EQUAL(2, run("key add x --role viewer --days 0" + with));
        CPPUNIT_ASSERT_EQUAL(2, run("key revoke till" + with));
        CPPUNIT_ASSERT_EQUAL(1, run("key revoke key_0000000000001" + with));
    }

    void theSchemaIsLeftAloneWhileAHubRuns()
    {
        ok("db status --config " + config());
        if (engine() != store::Engine::Sqlite)
            return;

        CPPUNIT_ASSERT_EQUAL(1, run("db migrate --config " + config()));
        CPPUNIT_ASSERT(said("another hub has"));
        CPPUNIT_ASSERT_EQUAL(1, run("db rollback --to 0 --yes --config " + config()));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CommandLineFlowTest);
