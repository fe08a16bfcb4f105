#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <future>
#include <thread>

using namespace spokehub;
using namespace spokehub::stock;
using spokehub::test::TestStore;

class StockCommandsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StockCommandsTest);
    CPPUNIT_TEST(callersWhoRaceForTheLastUnitsAreGrantedExactlyTheStock);
    CPPUNIT_TEST(racingReleasesAndCountsKeepTheSums);
    CPPUNIT_TEST(aReservationShowsWhatItHolds);
    CPPUNIT_TEST(whatCannotBeRightIsRefusedAtOnce);
    CPPUNIT_TEST(whatDoesNotExistIsNotFound);
    CPPUNIT_TEST(aRepeatedKeyIsAnsweredAsTheFirstTime);
    CPPUNIT_TEST(aKeyOfAnotherRequestIsRefused);
    CPPUNIT_TEST(oneKeyTwiceInOneBatchHasOneEffect);
    CPPUNIT_TEST(theKeyOfARefusedRequestMayBeUsedAgain);
    CPPUNIT_TEST(reservationsWhoseTimeHasComeAreReleased);
    CPPUNIT_TEST(aReservationEndsOnceReleasedOrCommitted);
    CPPUNIT_TEST(anAdjustmentAnswersTheLevelAfterIt);
    CPPUNIT_TEST(anAdjustmentAndAHoldByHandHappenTogetherOrNotAtAll);
    CPPUNIT_TEST(aBundleHasNoStockOfItsOwn);
    CPPUNIT_TEST(oneRefusalDisturbsNoOtherOfItsBatch);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void callersWhoRaceForTheLastUnitsAreGrantedExactlyTheStock()
    {
        store->stocked("LEG-S", 20);
        std::atomic<int> granted = 0, refused = 0, other = 0;

        race(64, [&](int) {
            try {
                store->run(Reserve{.sku = "LEG-S", .quantity = 1});
                ++granted;
            } catch (const Error& error) {
                ++(error.refusal() == Refusal::OutOfStock ? refused : other);
            }
        });

        CPPUNIT_ASSERT_EQUAL(20, granted.load());
        CPPUNIT_ASSERT_EQUAL(44, refused.load());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, store->count("reservation", "quantity = 1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{21}, store->count("stock_movement"));
        store->checkSums();
    }

    void racingReleasesAndCountsKeepTheSums()
    {
        store->stocked("LEG-S", 40);
        std::vector<Id> held;
        for (int i = 0; i < 20; ++i)
            held.push_back(store->run(Reserve{.sku = "LEG-S", .quantity = 2}).reservation->id);

        race(40, [&](int i) {
            if (i % 2 == 0)
                store->run(EndReservation{held[static_cast<std::size_t>(i / 2)],
                                          i % 4 == 0 ? HoldState::Released : HoldState::Committed});
            else
                store->run(Adjust{.sku = "LEG-S", .onHand = -1, .reason = {}});
        });

        store->checkSums();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
    }

    void aReservationShowsWhatItHolds()
    {
        const Id leg = store->stocked("LEG-S", 5);
        const Id top = store->stocked("TOP-S", 5, "depot");
        store->run(Adjust{.sku = "TOP-S", .onHand = 4, .reason = {}});
        store->bundle("SET-S", {{leg, 1}, {top, 2}});

        const auto plain =
            store->run(Reserve{.sku = "LEG-S", .quantity = 2, .reference = "cart 7"});
        const auto set = store->run(Reserve{.sku = "SET-S", .quantity = 2, .location = "main"});

        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), plain.reservation->sku);
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, plain.reservation->quantity);
        CPPUNIT_ASSERT_EQUAL(std::string("cart 7"), plain.reservation->reference);
        CPPUNIT_ASSERT_EQUAL(std::string("test"), plain.reservation->actor);
        CPPUNIT_ASSERT_EQUAL(std::string("main"), plain.reservation->holds.at(0).location);
        CPPUNIT_ASSERT_EQUAL(std::string("SET-S"), set.reservation->sku);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, set.reservation->holds.size());
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), set.reservation->holds[0].sku);
        CPPUNIT_ASSERT_EQUAL(std::string("TOP-S"), set.reservation->holds[1].sku);
        CPPUNIT_ASSERT_EQUAL(Quantity{4}, set.reservation->holds[1].quantity);
        CPPUNIT_ASSERT_EQUAL(Quantity{4}, store->reserved("TOP-S"));
        store->checkSums();
    }

    void whatCannotBeRightIsRefusedAtOnce()
    {
        const auto refusal = [&](decltype(StockCommand::what) what, const std::string& key = {}) {
            const std::string why = store->refusalOf([&] { store->run(what, key); });
            CPPUNIT_ASSERT(store->lastRefusal == Refusal::BadRequest);
            return why;
        };

        CPPUNIT_ASSERT_EQUAL(std::string("quantity must be between 1 and 1000000000"),
                             refusal(Reserve{.sku = "LEG-S", .quantity = 0}));
        CPPUNIT_ASSERT_EQUAL(std::string("sku is missing"), refusal(Reserve{.quantity = 1}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("expires_in must be at least 1 second"),
            refusal(Reserve{.sku = "LEG-S", .quantity = 1, .expiresIn = std::chrono::seconds(0)}));
        CPPUNIT_ASSERT_EQUAL(std::string("sku holds a NUL character"),
                             refusal(Reserve{.sku = std::string("LEG\0S", 5), .quantity = 1}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("reason holds a NUL character"),
            refusal(Adjust{.sku = "LEG-S", .onHand = 1, .reason = std::string(1, '\0')}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("delta_on_hand must be between 0 and 1000000000"),
            refusal(Adjust{.sku = "LEG-S", .kind = MovementKind::Count, .onHand = -1}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("Idempotency-Key is longer than 200 bytes"),
            refusal(Reserve{.sku = "LEG-S", .quantity = 1}, std::string(201, 'x')));
    }

    void whatDoesNotExistIsNotFound()
    {
        store->variant("LEG-S");
        const auto refusal = [&](decltype(StockCommand::what) what) {
            const std::string why = store->refusalOf([&] { store->run(what); });
            CPPUNIT_ASSERT(store->lastRefusal == Refusal::NotFound);
            return why;
        };

        CPPUNIT_ASSERT_EQUAL(std::string("there is no variant with SKU LEG-M"),
                             refusal(Reserve{.sku = "LEG-M", .quantity = 1}));
        CPPUNIT_ASSERT_EQUAL(std::string("there is no location attic"),
                             refusal(Reserve{.sku = "LEG-S", .quantity = 1, .location = "attic"}));
        CPPUNIT_ASSERT_EQUAL("there is no reservation " + showId("res", 7),
                             refusal(EndReservation{7}));
    }

    void aRepeatedKeyIsAnsweredAsTheFirstTime()
    {
        store->stocked("LEG-S", 5);
        const auto first = store->run(Reserve{.sku = "LEG-S", .quantity = 2}, "k1");
        const auto again = store->run(Reserve{.sku = "LEG-S", .quantity = 2}, "k1");

        CPPUNIT_ASSERT(!first.repeated && again.repeated);
        CPPUNIT_ASSERT_EQUAL(first.reservation->id, again.reservation->id);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), again.reservation->sku);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));

        store->run(Adjust{.sku = "LEG-S", .onHand = 3, .reason = {}}, "k2");
        const auto adjusted = store->run(Adjust{.sku = "LEG-S", .onHand = 3, .reason = {}}, "k2");
        CPPUNIT_ASSERT(adjusted.repeated);
        CPPUNIT_ASSERT_EQUAL(Quantity{8}, adjusted.level.onHand);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, store->onHand("LEG-S"));
    }

    void aKeyOfAnotherRequestIsRefused()
    {
        store->stocked("LEG-S", 5);
        store->run(Reserve{.sku = "LEG-S", .quantity = 2}, "k1");

        CPPUNIT_ASSERT_EQUAL(
            std::string("Idempotency-Key k1 was used for another request"),
            store->refusalOf([&] { store->run(Reserve{.sku = "LEG-S", .quantity = 3}, "k1"); }));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Unprocessable);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
    }

    void oneKeyTwiceInOneBatchHasOneEffect()
    {
        store->stocked("LEG-S", 5);

        const auto outcomes =
            inOneBatch({{Reserve{.sku = "LEG-S", .quantity = 2}, "k1"},
                        {Reserve{.sku = "LEG-S", .quantity = 2}, "k1"},
                        {Reserve{.sku = "LEG-S", .quantity = 1}, "k1"},
                        {Adjust{.sku = "LEG-S", .onHand = 4, .reason = {}}, "k2"},
                        {Adjust{.sku = "LEG-S", .onHand = 4, .reason = {}}, "k2"}});

        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcomes[0]);
        CPPUNIT_ASSERT_EQUAL(std::string("repeated"), outcomes[1]);
        CPPUNIT_ASSERT_EQUAL(std::string("Idempotency-Key k1 was used for another request"),
                             outcomes[2]);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcomes[3]);
        CPPUNIT_ASSERT_EQUAL(std::string("repeated"), outcomes[4]);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, store->onHand("LEG-S"));
        store->checkSums();
    }

    void theKeyOfARefusedRequestMayBeUsedAgain()
    {
        store->stocked("LEG-S", 1);
        const Reserve two{.sku = "LEG-S", .quantity = 2};

        const auto outcomes = inOneBatch({{two, "k1"}, {two, "k1"}});
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S: 2 asked, 1 available"), outcomes[0]);
        CPPUNIT_ASSERT_EQUAL(outcomes[0], outcomes[1]);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("idempotency_key"));
        store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});

        CPPUNIT_ASSERT(!store->run(two, "k1").repeated);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
    }

    void reservationsWhoseTimeHasComeAreReleased()
    {
        store->stocked("LEG-S", 5);
        const Id brief =
            store
                ->run(Reserve{.sku = "LEG-S", .quantity = 2, .expiresIn = std::chrono::seconds(60)})
                .reservation->id;
        store->run(Reserve{.sku = "LEG-S", .quantity = 1, .expiresIn = std::chrono::seconds(120)});
        store->run(Reserve{.sku = "LEG-S", .quantity = 1});

        store->clock.advance(std::chrono::seconds(59));
        CPPUNIT_ASSERT_EQUAL(0, store->stock.expire(*store->database));
        store->clock.advance(std::chrono::seconds(1));
        CPPUNIT_ASSERT_EQUAL(1, store->stock.expire(*store->database));
        CPPUNIT_ASSERT_EQUAL(0, store->stock.expire(*store->database));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            store->count("reservation", "state = 4 AND owner_id = " + std::to_string(brief)));
        store->refusalOf([&] { store->run(EndReservation{brief, HoldState::Committed}); });
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Conflict);
        store->checkSums();
    }

    void aReservationEndsOnceReleasedOrCommitted()
    {
        store->stocked("LEG-S", 5);
        const Id one = store->run(Reserve{.sku = "LEG-S", .quantity = 2}).reservation->id;
        const Id two = store->run(Reserve{.sku = "LEG-S", .quantity = 1}).reservation->id;

        const auto released = store->run(EndReservation{one, HoldState::Released});
        store->run(EndReservation{one, HoldState::Released});
        const auto committed = store->run(EndReservation{two, HoldState::Committed});

        CPPUNIT_ASSERT(released.reservation->state == HoldState::Released);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), released.reservation->sku);
        CPPUNIT_ASSERT(committed.reservation->state == HoldState::Committed);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->onHand("LEG-S"));
        store->checkSums();
    }

    void anAdjustmentAnswersTheLevelAfterIt()
    {
        store->variant("LEG-S");

        const auto made =
            store->run(Adjust{.sku = "LEG-S", .location = "depot", .onHand = 7, .reason = {}});
        CPPUNIT_ASSERT_EQUAL(Quantity{7}, made.level.onHand);
        const auto held = store->run(
            Adjust{.sku = "LEG-S", .location = "depot", .reservedByHand = 3, .reason = {}});
        CPPUNIT_ASSERT_EQUAL(Quantity{3}, held.level.reserved);
        const auto freed = store->run(
            Adjust{.sku = "LEG-S", .location = "depot", .reservedByHand = -1, .reason = {}});
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, freed.level.reserved);
        const auto counted = store->run(Adjust{.sku = "LEG-S",
                                               .location = "depot",
                                               .kind = MovementKind::Count,
                                               .onHand = 4,
                                               .reason = {}});
        CPPUNIT_ASSERT_EQUAL(Quantity{4}, counted.level.onHand);
        const auto read = store->run(Adjust{.sku = "LEG-S", .location = "depot", .reason = {}});

        CPPUNIT_ASSERT_EQUAL(Quantity{4}, read.level.onHand);
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, read.level.reserved);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->count("stock_movement"));
        store->checkSums();
    }

    void anAdjustmentAndAHoldByHandHappenTogetherOrNotAtAll()
    {
        store->stocked("LEG-S", 2);

        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S: 6 asked, 5 available"), store->refusalOf([&] {
            store->run(Adjust{.sku = "LEG-S", .onHand = 3, .reservedByHand = 6, .reason = {}});
        }));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->onHand("LEG-S"));
        store->run(Adjust{.sku = "LEG-S", .onHand = 3, .reservedByHand = 5, .reason = {}});
        CPPUNIT_ASSERT_EQUAL(
            std::string("LEG-S: 6 to release, but only 5 are held by hand"), store->refusalOf([&] {
                store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reservedByHand = -6, .reason = {}});
            }));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, store->reserved("LEG-S"));
        store->checkSums();
    }

    void aBundleHasNoStockOfItsOwn()
    {
        const Id leg = store->stocked("LEG-S", 2);
        store->bundle("SET-S", {{leg, 1}});

        CPPUNIT_ASSERT_EQUAL(
            std::string("SET-S is a bundle: it has no stock of its own, its components have"),
            store->refusalOf(
                [&] { store->run(Adjust{.sku = "SET-S", .onHand = 1, .reason = {}}); }));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Unprocessable);
    }

    void oneRefusalDisturbsNoOtherOfItsBatch()
    {
        store->stocked("LEG-S", 3);

        const auto outcomes = inOneBatch({{Reserve{.sku = "LEG-S", .quantity = 2}, ""},
                                          {Reserve{.sku = "LEG-S", .quantity = 2}, ""},
                                          {Reserve{.sku = "NONE", .quantity = 1}, ""},
                                          {Adjust{.sku = "LEG-S", .onHand = -9, .reason = {}}, ""},
                                          {Reserve{.sku = "LEG-S", .quantity = 1}, ""}});

        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcomes[0]);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S: 2 asked, 1 available"), outcomes[1]);
        CPPUNIT_ASSERT_EQUAL(std::string("there is no variant with SKU NONE"), outcomes[2]);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S: on hand would go below zero (3 there, 9 to take)"),
                             outcomes[3]);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), outcomes[4]);
        store->checkSums();
    }

private:
    static void race(int callers, const std::function<void(int)>& call)
    {
        std::vector<std::jthread> threads;
        std::promise<void> start;
        const auto started = start.get_future().share();
        for (int i = 0; i < callers; ++i)
            threads.emplace_back([&call, started, i] {
                started.wait();
                call(i);
            });
        start.set_value();
    }

    struct Asked
    {
        decltype(StockCommand::what) what;
        std::string key;
    };

    /// Submits all while the writer is busy elsewhere; each outcome as a word.
    std::vector<std::string> inOneBatch(const std::vector<Asked>& asked)
    {
        std::promise<void> begun, go;
        const auto going = go.get_future().share();
        store->commands.submit(
            [&begun, going](store::Tx&) {
                begun.set_value();
                going.wait();
            },
            [](std::exception_ptr) {});
        begun.get_future().wait();
        std::vector<std::promise<std::string>> promises(asked.size());
        for (std::size_t i = 0; i < asked.size(); ++i)
            store->stock.submit({.scope = store->acme,
                                 .idempotencyKey = asked[i].key,
                                 .cause = "req_1",
                                 .what = asked[i].what},
                                [&promise = promises[i]](store::Outcome<StockResult> outcome) {
                                    promise.set_value(wordOf(std::move(outcome)));
                                });
        go.set_value();
        std::vector<std::string> words;
        for (auto& promise : promises)
            words.push_back(promise.get_future().get());
        return words;
    }

    static std::string wordOf(store::Outcome<StockResult> outcome)
    {
        try {
            return outcome.value().repeated ? "repeated" : "ok";
        } catch (const std::exception& error) {
            return error.what();
        }
    }

    std::optional<TestStore> store;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(StockCommandsTest);
