// The verbs of catalogue, warehouse and customers against a running hub.
#include "support/CommandsOfHub.h"
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <sstream>

using namespace spokehub;
using namespace spokehub::test;

class CatalogCommandsFlowTest : public CommandsOfHub
{
    CPPUNIT_TEST_SUITE(CatalogCommandsFlowTest);
    CPPUNIT_TEST(theCatalogueIsMadeChangedAndLookedAt);
    CPPUNIT_TEST(bundlesArePutTogetherAndTakenApart);
    CPPUNIT_TEST(unitsAreReceivedMovedAndSold);
    CPPUNIT_TEST(aPlaceIsCounted);
    CPPUNIT_TEST(aTableIsImportedAllOrNothing);
    CPPUNIT_TEST(aListingIsMatched);
    CPPUNIT_TEST(aListingIsMadeChangedAndMarked);
    CPPUNIT_TEST(anOrderIsMadeByHand);
    CPPUNIT_TEST(whatIsHeldIsListedAndLeaves);
    CPPUNIT_TEST(aCustomerIsShownExportedAndErased);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        CommandsOfHub::setUp();
        hub.emplace("channels:\n"
                    "  - name: corner\n"
                    "    spoke: sandbox\n"
                    "    settings: { shop: " +
                    freshShop() +
                    " }\n"
                    "    secrets: { webhook_secret: \"env:SECRET\" }\n");
    }

    void theCatalogueIsMadeChangedAndLookedAt()
    {
        ok("family add 00845 --title Beds");
        ok("family change 00845 --category furniture");
        ok("family list --category furniture");
        CPPUNIT_ASSERT(said("Beds"));
        ok("identity add 00845 part --component-index 2");
        ok("identity list --family 00845 --type part");
        CPPUNIT_ASSERT(said("00845-P-2"));
        ok("identity show 00845-P-2");
        ok("family show 00845");
        CPPUNIT_ASSERT_EQUAL(1, run("family remove 00845 --yes"));
        ok("family add 00846 --title Mistake");
        ok("family remove 00846 --yes");
        ok("variant add LEG-S --title Leggings --price-cents 6500 --on-hand 4");
        ok("variant change LEG-S --brand Acme --barcode 400");
        ok("variant list --brand Acme");
        CPPUNIT_ASSERT(said("6500"));
        ok("variant show LEG-S");
        ok("resolve 400");
        CPPUNIT_ASSERT(said("barcode"));
        ok("color add WY white");
        ok("color rename WY snow");
        ok("color list");
        CPPUNIT_ASSERT(said("snow"));
        ok("brand add ACME Acme");
        ok("brand rename ACME Acme-Inc");
        ok("brand list");
        CPPUNIT_ASSERT(said("Acme-Inc"));
        ok("condition list");
        CPPUNIT_ASSERT_EQUAL(2, run("variant add X --watch 1"));
    }

    void bundlesArePutTogetherAndTakenApart()
    {
        ok("variant add KIT");
        ok("variant add PART --on-hand 9");
        ok("bundle add KIT PART --quantity 2 --role accessory");
        ok("bundle list");
        CPPUNIT_ASSERT(said("accessory"));
        ok("bundle show KIT -o json");
        CPPUNIT_ASSERT(said("\"available\":4"));
        ok("bundle remove KIT PART --yes");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("bundle_component"));
    }

    void unitsAreReceivedMovedAndSold()
    {
        ok("location add window --title Shown");
        ok("location rename window Front");
        ok("location list");
        CPPUNIT_ASSERT(said("Front"));
        ok("variant add PHONE");
        ok("inventory add PHONE SN-1 --note boxed -o json");
        const std::string unit = id();
        ok("inventory move " + unit + " window");
        ok("inventory reserve " + unit + " --reference cart");
        ok("inventory release " + unit);
        ok("inventory status " + unit + " DAMAGED --reason fell");
        ok("inventory status " + unit + " AVAILABLE --reason mended");
        ok("inventory sell " + unit);
        ok("inventory show SN-1");
        CPPUNIT_ASSERT(said(unit));
        CPPUNIT_ASSERT_EQUAL(1, run("inventory show SN-2"));
        CPPUNIT_ASSERT(said("there is no unit with the serial SN-2"));
        ok("inventory list --status SOLD --sku PHONE");
        CPPUNIT_ASSERT(said("SN-1"));
        ok("stock movements --sku PHONE --location window");
        CPPUNIT_ASSERT(said("transfer"));
    }

    void aPlaceIsCounted()
    {
        ok("variant add LEG-S --on-hand 4");
        ok("count open --title Sunday -o json");
        const std::string count = id();
        ok("count record " + count + " --found LEG-S=7");
        CPPUNIT_ASSERT_EQUAL(2, run("count record " + count + " --found LEG-S"));
        ok("count close " + count + " --dry-run");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, hub->available("LEG-S"));
        ok("count close " + count + " --yes");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, hub->available("LEG-S"));
        ok("count show " + count);
        ok("count open -o json");
        ok("count cancel " + id());
        ok("count list --state cancelled");
    }

    void aListingIsMatched()
    {
        ok("variant add LEG-S");
        ok("variant add LEG-M");
        const auto made = hub->postJson(
            "/api/v1/listings", R"({"channel": "corner", "external_id": "x", "sku": "LEG-S"})");
        const std::string listing(made.root().textOr("id"));
        const auto matched = [this] {
            return hub->database().text("SELECT v.sku FROM listing l JOIN variant v ON v.tenant_id "
                                        "= l.tenant_id AND v.id = l.variant_id");
        };

        ok("listing match " + listing + " LEG-M --dry-run");
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), matched());
        ok("listing match " + listing + " LEG-M");
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-M"), matched());
        ok("listing unmatched --channel corner");
    }

    void aListingIsMadeChangedAndMarked()
    {
        ok("variant add LEG-S --on-hand 4");
        ok("listing add corner L-1 LEG-S --title Pair -o json");
        const std::string listing = id();
        hub->settle();
        ok("listing change " + listing + " --units-per-sale 2 -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, number("units_per_sale"));
        hub->settle();
        ok("listing mark-error " + listing + " --reason broken");
        CPPUNIT_ASSERT_EQUAL(2, run("listing mark-error " + listing));
        ok("listing errors");
        CPPUNIT_ASSERT(said("broken"));
        ok("task list --state failed -o json");
        ok("task show " + idOfFirst());
        CPPUNIT_ASSERT(said("broken"));
        ok("task retry --channel corner --dry-run -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, number("retried"));
        ok("listing mark-synced " + listing + " --reason seen");
        CPPUNIT_ASSERT_EQUAL(std::string("seen"), hub->database().text("SELECT reason FROM task"));
        ok("listing unmatch " + listing);
        ok("listing show " + listing);
        CPPUNIT_ASSERT(said("L-1"));
    }

    void anOrderIsMadeByHand()
    {
        ok("variant add LEG-S --on-hand 4");
        ok("order add --line LEG-S=2@1990 --shipping-cents 500 --paid --name Ann "
           "--email ann@example.com -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4480}, number("total_cents"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(1, run("order add --line LEG-S=9"));
        CPPUNIT_ASSERT(said("LEG-S: 7 are missing"));
        for (const char* line : {"LEG-S", "LEG-S=", "=2", "LEG-S=2@", "LEG-S=2x"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(line, 2, run(std::string("order add --line ") + line));
        ok("order add --line LEG-S=9 --allow-short");
        ok("exception list -o json");
        const std::string exception = idOfFirst();
        ok("exception show " + exception);
        ok("exception resolve " + exception);
        ok("exception list --resolved true");
        CPPUNIT_ASSERT(said(exception));
        ok("export users");
        ok("export customers");
        CPPUNIT_ASSERT(said("ann@example.com"));
    }

    void whatIsHeldIsListedAndLeaves()
    {
        ok("variant add LEG-S --on-hand 4");
        ok("stock reserve LEG-S 1 --reference cart -o json");
        const std::string held = id();
        ok("stock reservations --state active");
        CPPUNIT_ASSERT(said("cart"));
        ok("stock commit " + held);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, hub->available("LEG-S"));
        ok("stock limits LEG-S --safety-stock 1 --reorder-level 5");
        ok("stock low");
        CPPUNIT_ASSERT(said("LEG-S"));
        ok("listing add corner L-1 LEG-S");
        ok("stock explain LEG-S corner -o json");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, number("quantity"));
    }

    void aTableIsImportedAllOrNothing()
    {
        const std::string file = (hub->directory() / "variants.csv").string();
        std::ofstream rows(file);
        rows << "sku,price_cents\n\n";
        for (int i = 0; i < 700; ++i)
            rows << "S" << i << "," << (i == 650 ? "much" : "1") << "\n";
        rows.close();

        CPPUNIT_ASSERT_EQUAL(1, run("import variants " + file));
        CPPUNIT_ASSERT_MESSAGE(err, said("line 653, column price_cents: is not a whole number"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("variant"));
        CPPUNIT_ASSERT_EQUAL(1, run("import variants " + file + " --partial"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{699}, hub->database().count("variant"));
        std::ofstream(file) << "sku,price_cents\nS1,2\n";
        ok("import variants " + file + " --dry-run");
        CPPUNIT_ASSERT(said("changed"));
        ok("import variants " + file);
        CPPUNIT_ASSERT_EQUAL(2, run("import wheels " + file));
    }

    void aCustomerIsShownExportedAndErased()
    {
        const SandboxOrder order{.number = 1, .customer = "jon"};
        CPPUNIT_ASSERT_EQUAL(200, deliver(*hub, "corner", "orders/create", order.text(), "m1"));
        hub->settle();
        hub->database().run("INSERT INTO privacy_request (tenant_id, id, channel_id, kind, "
                            "customer_id, cause, received_at, due_at) "
                            "SELECT tenant_id, 77, channel_id, 1, id, 'test', 0, 0 FROM customer");
        const std::string request = showId("prv", 77);
        std::string customer;
        const auto all = hub->getJson("/api/v1/customers");
        all.root()["data"].each([&](Json row) {
            customer = row.textOr("id");
            return false;
        });

        ok("customer list --channel corner --erased false");
        CPPUNIT_ASSERT(said("jon@example.com"));
        ok("customer show " + customer);
        ok("customer export " + customer);
        CPPUNIT_ASSERT(said("jon@example.com"));
        ok("customer requests --open true");
        CPPUNIT_ASSERT(said(request));
        ok("customer answer " + request);
        CPPUNIT_ASSERT(said("jon@example.com"));
        ok("customer answer " + request + " --done");
        ok("customer erase " + customer + " --yes");
        ok("customer list");
        CPPUNIT_ASSERT(!said("jon"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CatalogCommandsFlowTest);
