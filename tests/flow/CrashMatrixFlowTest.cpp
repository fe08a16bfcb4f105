// The hub is killed at its calls to the store, one after the other, in the middle of each thing
// that it does. Every call when SPOKEHUB_CRASH is "all" (./dev crash), else a sample.
#include "support/CrashingHub.h"
#include "support/Engines.h"
#include "support/Paths.h"
#include "support/RunningHub.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>

using namespace spokehub;
using namespace spokehub::test;

class CrashMatrixFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CrashMatrixFlowTest);
    CPPUNIT_TEST(anOrderIsNeitherLostNorDoubled);
    CPPUNIT_TEST(aPaymentIsNeitherLostNorDoubled);
    CPPUNIT_TEST(aCancellationReleasesOnce);
    CPPUNIT_TEST(aRefundReleasesOnce);
    CPPUNIT_TEST(aFulfilmentShipsOnce);
    CPPUNIT_TEST(anAdjustmentCountsOnce);
    CPPUNIT_TEST(aReservationHoldsOnce);
    CPPUNIT_TEST(aReleaseGivesBackOnce);
    CPPUNIT_TEST(aCommitTakesOffOnce);
    CPPUNIT_TEST(aNewSkuHasItsStockOnce);
    CPPUNIT_TEST(aShipmentIsMadeAndToldOnce);
    CPPUNIT_TEST(aPullReadsEachOrderOnce);
    CPPUNIT_TEST(anAdoptionTakesEachListingOnce);
    CPPUNIT_TEST(aStartGoesOnWithWhatWasLeftBehind);
    CPPUNIT_TEST(aMigrationIsWholeOrNotThere);
    CPPUNIT_TEST(theDaemonThatIsShippedHasNoSuchPoint);
    CPPUNIT_TEST_SUITE_END();

public:
    using Round = std::int64_t; // counts the crashes of a test
    using Step = std::function<bool(Round)>;

    /// What is done; it must have its effect once, whatever happens in between.
    struct Operation
    {
        const char* name;
        std::function<void(Round)> prepare;
        Step act;                         // true: it was acknowledged
        Step done;                        // it shows its effect
        std::function<void(Round)> check; // beside what is checked always
    };

    std::optional<CrashingHub> at;
    std::int64_t subject = 0; // of the operation: an order of the shop
    std::string other;        // the same: a reservation, a line

    void tearDown() override { at.reset(); }

    static std::int64_t every()
    {
        const char* given = std::getenv("SPOKEHUB_CRASH");
        return given == nullptr ? 41 : std::max(1L, std::atol(given));
    }

    static std::int64_t first() { return every() == 1 ? 1 : 5; }

    void run(const Operation& operation)
    {
        at.emplace();
        at->open();
        run(operation, first());
    }

    void run(const Operation& operation, std::int64_t call)
    {
        for (Round round = 1;; ++round, call += every()) {
            const std::string when =
                std::string(operation.name) + ", killed at call " + std::to_string(call);
            operation.prepare(round);
            CPPUNIT_ASSERT_MESSAGE(when, at->settled());
            at->calls->killAt(call);
            bool acknowledged = operation.act(round);
            eventually(when + ": it is over", [&] {
                return !at->hub->alive() || (acknowledged && operation.done(round));
            });
            const bool survived = at->settled();
            at->spare();
            if (!at->hub->alive()) {
                at->hub->start();
                if (!acknowledged) // as whoever was not answered does
                    CPPUNIT_ASSERT_MESSAGE(when, operation.act(round));
                eventually(when + ": it has its effect", [&] { return operation.done(round); });
                CPPUNIT_ASSERT_MESSAGE(when, at->settled());
            }
            CPPUNIT_ASSERT_MESSAGE(when, operation.done(round));
            operation.check(round);
            at->verify(when);
            if (survived) {
                tell(operation.name, round - 1, call);
                return;
            }
        }
    }

    static void tell(const char* operation, Round crashes, std::int64_t calls)
    {
        if (std::getenv("SPOKEHUB_CRASH") != nullptr)
            std::cout << "\n  " << operation << engineLabel() << ": " << crashes
                      << " crashes, it makes less than " << calls << " calls" << std::flush;
    }

    static bool isGood(int status) { return status >= 200 && status < 300; }

    /// A webhook about an order that was there before.
    Operation webhook(const char* name, std::int64_t units, bool paid,
                      std::function<void(standin::Shop&, standin::Order&)> change,
                      std::int64_t shelf, std::int64_t held, const std::string& shows)
    {
        return {.name = name,
                .prepare =
                    [=, this](Round) {
                        subject = at->place(units, paid);
                        at->reserved += units;
                        CPPUNIT_ASSERT(at->deliver());
                        CPPUNIT_ASSERT(at->settled());
                        at->shop.with([&](standin::Shop& shop) {
                            change(shop, shop.order(subject));
                            return 0;
                        });
                        at->onHand += shelf;
                        at->reserved += held;
                    },
                .act = [this](Round) { return at->deliver(); },
                .done = [=, this](Round) { return orderShows(shows); },
                .check = [this](Round) { CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, orders()); }};
    }

    std::int64_t orders() { return at->ordersOf(subject); }

    bool orderShows(const std::string& what)
    {
        return at->database.count("sales_order", "external_id LIKE '%" + std::to_string(subject) +
                                                     "' AND " + what) == 1;
    }

    // ---------------------------------------------------------------- what comes from a shop

    void anOrderIsNeitherLostNorDoubled()
    {
        run({.name = "an order",
             .prepare =
                 [this](Round) {
                     subject = at->place(2);
                     at->reserved += 2;
                 },
             .act = [this](Round) { return at->deliver(); },
             .done = [this](Round) { return orders() == 1; },
             .check = [this](Round) { CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, orders()); }});
    }

    void aPaymentIsNeitherLostNorDoubled()
    {
        run(webhook(
            "a payment", 1, false, [](auto& shop, auto& order) { shop.pay(order); }, 0, 0,
            "payment_status = 'paid'"));
    }

    void aCancellationReleasesOnce()
    {
        run(webhook(
            "a cancellation", 3, true,
            [](auto& shop, auto& order) { shop.cancel(order, "customer"); }, 0, -3,
            "status = 'cancelled'"));
    }

    void aRefundReleasesOnce()
    {
        run(webhook(
            "a refund", 3, true,
            [](auto& shop, auto& order) {
                shop.refund(
                    order,
                    {{.lineId = order.lines.front().id, .quantity = 1, .restockType = "cancel"}},
                    6500);
            },
            0, -1, "refunded = 6500"));
    }

    void aFulfilmentShipsOnce()
    {
        run(webhook(
            "a fulfilment", 3, true,
            [](auto& shop, auto& order) {
                shop.fulfil(order, {{order.lines.front().id, 2}});
            },
            -2, -2, "status = 'partly_shipped'"));
    }

    void aPullReadsEachOrderOnce()
    {
        run({.name = "a pull",
             .prepare =
                 [this](Round) {
                     subject = at->place(1);
                     at->reserved += 1;
                     at->shop.with([](standin::Shop& shop) {
                         shop.waiting.clear(); // it never told
                         return 0;
                     });
                 },
             .act =
                 [this](Round) {
                     return at->post("/api/v1/channels/shopify/sync", R"({"stream": "orders"})") ==
                                202 &&
                            waitForOrder();
                 },
             .done = [this](Round) { return orders() == 1; },
             .check = [this](Round) { CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, orders()); }});
    }

    /// It was only asked for: a hub that is killed forgets that.
    bool waitForOrder()
    {
        eventually("the order is read", [this] { return !at->hub->alive() || orders() == 1; });
        return orders() == 1;
    }

    void anAdoptionTakesEachListingOnce()
    {
        run({.name = "an adoption",
             .prepare =
                 [this](Round round) {
                     at->shop.with([&](standin::Shop& shop) {
                         shop.addVariant("NEW-" + std::to_string(round), 7);
                         shop.waiting.clear();
                         return 0;
                     });
                 },
             .act =
                 [this](Round) {
                     return isGood(
                         at->post("/api/v1/channels/shopify/adopt?catalog=true&stock=true"));
                 },
             .done = [this](Round round) { return levelOf(round, 7) == 1; },
             .check =
                 [this](Round round) {
                     CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, levelOf(round, 7));
                     CPPUNIT_ASSERT_EQUAL(
                         std::int64_t{1},
                         at->database.count("variant",
                                            "sku = 'NEW-" + std::to_string(round) + "'"));
                 }});
    }

    std::int64_t levelOf(Round round, int units)
    {
        return at->database.count("stock_level l JOIN variant v ON v.id = l.variant_id",
                                  "v.sku = 'NEW-" + std::to_string(round) +
                                      "' AND l.on_hand = " + std::to_string(units));
    }

    // ---------------------------------------------------------------- what callers ask

    static std::string key(Round round) { return "key-" + std::to_string(round); }

    void anAdjustmentCountsOnce()
    {
        run({.name = "an adjustment",
             .prepare = [this](Round) { at->onHand += 3; },
             .act =
                 [this](Round round) {
                     return at->post("/api/v1/stock/adjust",
                                     R"({"sku": "LEG-S", "delta_on_hand": 3})", key(round)) == 200;
                 },
             .done = [this](Round round) { return keys(round) == 1; },
             .check = [this](Round round) { CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, keys(round)); }});
    }

    std::int64_t keys(Round round)
    {
        return at->database.count("idempotency_key", "key = '" + key(round) + "'");
    }

    void aReservationHoldsOnce()
    {
        run({.name = "a reservation",
             .prepare = [this](Round) { at->reserved += 1; },
             .act =
                 [this](Round round) {
                     return at->post("/api/v1/stock/reserve", R"({"sku": "LEG-S", "quantity": 1})",
                                     key(round)) == 201;
                 },
             .done = [this](Round round) { return keys(round) == 1; },
             .check =
                 [this](Round round) {
                     CPPUNIT_ASSERT_EQUAL(round,
                                          at->database.count("reservation", "owner_kind = 2"));
                 }});
    }

    void aReleaseGivesBackOnce() { run(endOfReservation("a release", "release", 0)); }
    void aCommitTakesOffOnce() { run(endOfReservation("a commit", "commit", -2)); }

    Operation endOfReservation(const char* name, const std::string& verb, std::int64_t shelf)
    {
        return {.name = name,
                .prepare =
                    [=, this](Round) {
                        CPPUNIT_ASSERT_EQUAL(201, at->post("/api/v1/stock/reserve",
                                                           R"({"sku": "LEG-S", "quantity": 2})"));
                        other = at->reservation();
                        at->onHand += shelf;
                    },
                .act =
                    [=, this](Round round) {
                        const int status = at->post(
                            "/api/v1/stock/reservations/" + other + "/" + verb, "{}", key(round));
                        return isGood(status);
                    },
                .done =
                    [this](Round) {
                        return at->database.count("reservation",
                                                  "owner_kind = 2 AND quantity > 0") == 0;
                    },
                .check = [](Round) {}};
    }

    void aNewSkuHasItsStockOnce()
    {
        run({.name = "a new SKU",
             .prepare = [](Round) {},
             .act =
                 [this](Round round) {
                     const int status = at->post(
                         "/admin/skus",
                         R"({"product_title": "Top", "category": "tops", "sku_code": "NEW-)" +
                             std::to_string(round) +
                             R"(", "size": "S", "color": "BK", "price_cents": 6500, "cost_cents": 2000, "qty_on_hand": 4, "reorder_level": 1})");
                     return isGood(status) || status == 409; // it is there already
                 },
             .done = [this](Round round) { return levelOf(round, 4) == 1; },
             .check =
                 [this](Round round) {
                     CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, levelOf(round, 4));
                 }});
    }

    void aShipmentIsMadeAndToldOnce()
    {
        run({.name = "a shipment",
             .prepare =
                 [this](Round) {
                     subject = at->place(3);
                     CPPUNIT_ASSERT(at->deliver());
                     CPPUNIT_ASSERT(at->settled());
                     other = at->orderId(subject);
                     at->reserved += 3 - 1;
                     at->onHand -= 1;
                 },
             .act =
                 [this](Round round) {
                     return at->post("/api/v1/orders/" + other + "/shipments",
                                     R"({"lines": [{"line_id": ")" + at->lineId(subject) +
                                         R"(", "quantity": 1}], "carrier": "UPS"})",
                                     key(round)) == 201;
                 },
             .done = [this](Round) { return orderShows("status = 'partly_shipped'"); },
             .check =
                 [this](Round) {
                     const auto told = at->shop.with([this](standin::Shop& shop) {
                         return shop.order(subject).fulfilments.size();
                     });
                     CPPUNIT_ASSERT_EQUAL(std::size_t{1}, told);
                     CPPUNIT_ASSERT(at->deliver()); // its own report of it counts no second time
                     CPPUNIT_ASSERT(at->settled());
                 }});
    }

    // ---------------------------------------------------------------- what happens at a start

    /// The work of a hub that was killed, and the next one is killed while it takes that over.
    void aStartGoesOnWithWhatWasLeftBehind()
    {
        at.emplace();
        at->open();
        for (std::int64_t call = first(), round = 0;; call += every(), ++round) {
            const std::string when = "a start, killed at call " + std::to_string(call);
            subject = at->place(1);
            at->reserved += 1;
            at->calls->killAt(20); // the order is kept, or applied, or being told
            bool acknowledged = at->deliver();
            at->settled();
            at->hub->kill();
            at->calls->killAt(call);
            const bool survived = at->hub->tryStart() && at->settled();
            at->spare();
            if (!at->hub->alive())
                at->hub->start();
            if (!acknowledged)
                acknowledged = at->deliver();
            CPPUNIT_ASSERT_MESSAGE(when, acknowledged);
            eventually(when, [this] { return orders() == 1; });
            CPPUNIT_ASSERT_MESSAGE(when, at->settled());
            at->verify(when);
            if (survived)
                return tell("a start", round, call);
        }
    }

    void aMigrationIsWholeOrNotThere()
    {
        for (std::int64_t call = first(), round = 0;; call += every(), ++round) {
            at.emplace(TestDatabase::Content::Empty);
            at->calls->killAt(call);
            const bool survived = at->hub->tryStart();
            at->spare();
            if (!at->hub->alive())
                at->hub->start();
            at->open();
            if (survived)
                return tell("a migration", round, call);
        }
    }

    void theDaemonThatIsShippedHasNoSuchPoint()
    {
        const auto mentions = [](const std::string& program) {
            std::stringstream bytes;
            bytes << std::ifstream(std::string(binaryDir) + "/bin/" + program, std::ios::binary)
                         .rdbuf();
            CPPUNIT_ASSERT_MESSAGE(program, bytes.str().size() > 100'000);
            return bytes.str().find(StoreCalls::variable) != std::string::npos;
        };

        CPPUNIT_ASSERT(mentions("spokehubd-crashing"));
        CPPUNIT_ASSERT(!mentions("spokehubd"));
        CPPUNIT_ASSERT(!mentions("spokehub"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CrashMatrixFlowTest);
