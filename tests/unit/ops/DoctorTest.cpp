#include "ops/Doctor.h"
#include "core/Error.h"
#include "support/Engines.h"
#include "support/TestLane.h"

#include <cppunit/extensions/HelperMacros.h>

#include <future>

using namespace spokehub;
using namespace spokehub::test;
using ops::Disagreement;
using ops::Doctor;

/// Each promise is broken by hand, behind the hub's back, and must be named.
class DoctorTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DoctorTest);
    CPPUNIT_TEST(aSoundStoreIsFoundSound);
    CPPUNIT_TEST(aLevelThatIsNotWhatItsLastMovementLeftIsNamed);
    CPPUNIT_TEST(reservedThatIsNotTheSumOfTheHoldsIsNamed);
    CPPUNIT_TEST(movementsWithoutALevelAreNamed);
    CPPUNIT_TEST(aMovementThatDoesNotFollowFromTheOneBeforeItIsNamed);
    CPPUNIT_TEST(aMovementThatIsGoneIsNamed);
    CPPUNIT_TEST(aMovementThatTheLevelForgotIsNamed);
    CPPUNIT_TEST(holdsOfALineThatIsGoneAreNamed);
    CPPUNIT_TEST(holdsOfAnEndedReservationAreNamed);
    CPPUNIT_TEST(aLineThatIsNotWhatItsFactsSayIsNamed);
    CPPUNIT_TEST(aStatusThatIsNotWhatTheFactsSayIsNamed);
    CPPUNIT_TEST(anOrderWithoutFactsIsNamed);
    CPPUNIT_TEST(aLineThatIsMissingIsNamed);
    CPPUNIT_TEST(aLineThatHoldsLessThanItSaysIsNamed);
    CPPUNIT_TEST(aBundlesLineHoldsItsComponents);
    CPPUNIT_TEST(aChangedRecipeShowsWhatLinesDoNotHold);
    CPPUNIT_TEST(factsWithoutTheirOrderAreNamed);
    CPPUNIT_TEST(anAcceptedMessageWithoutAnOutcomeIsNamedAfterAMinute);
    CPPUNIT_TEST(aTaskThatNobodyRunsIsNamed);
    CPPUNIT_TEST(aListingThatShowsAnotherNumberAndWaitsForNothingIsNamed);
    CPPUNIT_TEST(aListingThatIsToBeToldIsNoDisagreement);
    CPPUNIT_TEST(aShipmentThatNobodyIsTellingIsNamed);
    CPPUNIT_TEST(itGoesOnWhereACallerLeftIt);
    CPPUNIT_TEST(aForeignCursorIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        at.emplace();
        at->run();
        at->store.record({orderDocument("O-1", {{"1", "LEG-S", 2}, {"2", "SOCK", 1}})});
        at->run();
    }
    void tearDown() override { at.reset(); }

    std::optional<TestLane> at;

    Doctor doctor()
    {
        std::vector<spokes::ChannelRules> rules;
        at->store.database->read([&](store::Session& session) {
            rules = spokes::readChannelRules(at->store.config, session);
        });
        return {std::move(rules), at->store.listings, at->store.bundles, at->store.clock};
    }

    std::vector<Disagreement> found()
    {
        std::vector<Disagreement> all;
        doctor().verify(*at->store.database, mainTenant,
                        [&](const Disagreement& each) { all.push_back(each); });
        return all;
    }

    static std::string shown(const Disagreement& each)
    {
        return each.table + " " + each.what + ": " + each.expected + ", not " + each.found;
    }

    static std::string shown(const std::vector<Disagreement>& all)
    {
        std::string text;
        for (const Disagreement& each : all)
            text += shown(each) + "\n";
        return text;
    }

    static std::string idOf(const Disagreement& each, const std::string& name)
    {
        for (const auto& [known, id] : each.ids)
            if (known == name)
                return id;
        return "none";
    }

    void run(const std::string& sql) { at->store.database.run(sql); }

    void aSoundStoreIsFoundSound()
    {
        at->store.stocked("TOP", 10);
        at->store.bundle("SET",
                         {{at->store.number("SELECT id FROM variant WHERE sku = 'TOP'"), 2}});
        at->store.record({orderDocument("O-2", {{"1", "SET", 3}, {"2", "TOP", 9}})});
        at->store.run(stock::Reserve{.sku = "LEG-S", .quantity = 1});
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::string(), shown(found()));
    }

    void aLevelThatIsNotWhatItsLastMovementLeftIsNamed()
    {
        run("UPDATE stock_level SET on_hand = on_hand + 1");

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(std::string("stock_level on_hand, by movements: 5, not 6\n"
                                         "listing what the channel shows: 4, not 3\n"),
                             shown(all));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), idOf(all.at(0), "sku"));
        CPPUNIT_ASSERT_EQUAL(std::string("main"), idOf(all.at(0), "location"));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), idOf(all.at(1), "sku"));
    }

    void reservedThatIsNotTheSumOfTheHoldsIsNamed()
    {
        run("UPDATE stock_level SET reserved = reserved - 1");
        run("UPDATE listing SET pushed = 4, sold = 0");

        CPPUNIT_ASSERT_EQUAL(std::string("stock_level reserved, by movements: 2, not 1\n"
                                         "stock_level reserved, by reservations: 2, not 1\n"),
                             shown(found()));
    }

    void movementsWithoutALevelAreNamed()
    {
        run("DELETE FROM stock_level");
        run("UPDATE listing SET pushed = 0, sold = 0");

        CPPUNIT_ASSERT_EQUAL(
            std::string("stock_level row: a level of which 2 are reserved, not no row\n"
                        "stock_movement row: another movement after it, or the level's last one, "
                        "not neither\n"),
            shown(found()));
    }

    void aMovementThatDoesNotFollowFromTheOneBeforeItIsNamed()
    {
        run("UPDATE stock_movement SET on_hand_delta = on_hand_delta + 1 WHERE previous_id IS "
            "NULL");

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(std::string("stock_movement on_hand: 6, not 5\n"), shown(all));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), idOf(all.at(0), "sku"));
        CPPUNIT_ASSERT_EQUAL(std::string("main"), idOf(all.at(0), "location"));
    }

    void aMovementThatIsGoneIsNamed()
    {
        run("DELETE FROM stock_movement WHERE previous_id IS NULL");

        CPPUNIT_ASSERT_EQUAL(std::string("stock_movement previous_id: the movement of the level "
                                         "before it, not no such row\n"),
                             shown(found()));
    }

    void aMovementThatTheLevelForgotIsNamed()
    {
        run("UPDATE stock_level SET reserved = 0, last_movement_id = (SELECT id FROM "
            "stock_movement m "
            "WHERE m.variant_id = stock_level.variant_id AND m.previous_id IS NULL)");
        run("DELETE FROM reservation");

        const std::string all = shown(found());

        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            all, std::size_t{0},
            all.find("stock_movement row: another movement after it, or the level's last one, not "
                     "neither\n"));
    }

    void holdsOfALineThatIsGoneAreNamed()
    {
        run("UPDATE reservation SET owner_id = owner_id + 1000");

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::string("reservation quantity: 0, not 2"), shown(all[0]));
        CPPUNIT_ASSERT_EQUAL(showId("ord", at->store.order("O-1")), idOf(all[0], "order"));
        CPPUNIT_ASSERT_EQUAL(std::string("order_line"), all[1].table);
    }

    void holdsOfAnEndedReservationAreNamed()
    {
        at->store.run(stock::Reserve{.sku = "LEG-S", .quantity = 1});
        at->run();
        run("UPDATE reservation SET state = 2 WHERE owner_kind = 2");

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(std::string("reservation quantity: 0, not 1\n"), shown(all));
        CPPUNIT_ASSERT(idOf(all.at(0), "reservation").starts_with("res_"));
    }

    void aLineThatIsNotWhatItsFactsSayIsNamed()
    {
        run("UPDATE order_line SET shipped = 1, target = 0, delivered = 2 WHERE sku = 'SOCK'");

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(std::string("order_line shipped: 0, not 1\n"
                                         "order_line delivered: 0, not 2\n"
                                         "order_line target: 1, not 0\n"),
                             shown(all));
        CPPUNIT_ASSERT_EQUAL(std::string("O-1"), idOf(all.at(0), "external_id"));
        CPPUNIT_ASSERT(idOf(all.at(0), "line").starts_with("oln_"));
    }

    void aStatusThatIsNotWhatTheFactsSayIsNamed()
    {
        run("UPDATE sales_order SET status = 'completed'");

        CPPUNIT_ASSERT_EQUAL(std::string("sales_order status: pending, not completed\n"),
                             shown(found()));
    }

    void anOrderWithoutFactsIsNamed()
    {
        run("DELETE FROM order_fact");

        CPPUNIT_ASSERT_EQUAL(std::string("sales_order facts: one that places it, not none\n"),
                             shown(found()));
    }

    void aLineThatIsMissingIsNamed()
    {
        run("DELETE FROM order_line WHERE sku = 'SOCK'");

        CPPUNIT_ASSERT_EQUAL(std::string("order_line line 2: a row, not no row\n"), shown(found()));
    }

    void aLineThatHoldsLessThanItSaysIsNamed()
    {
        const std::string leg =
            showId("var", at->store.number("SELECT id FROM variant WHERE sku = 'LEG-S'"));
        run("UPDATE order_line SET short = 1 WHERE sku = 'LEG-S'");

        CPPUNIT_ASSERT_EQUAL("order_line held of " + leg + ": 1, not 2\n", shown(found()));
    }

    void aBundlesLineHoldsItsComponents()
    {
        const Id top = at->store.stocked("TOP", 10);
        at->store.bundle("SET", {{top, 2}});
        at->store.record({orderDocument("O-2", {{"1", "SET", 3}})});
        run("UPDATE reservation SET quantity = quantity - 1 WHERE variant_id = " +
            std::to_string(top));

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(
            "stock_level reserved, by reservations: 5, not 6\norder_line held of " +
                showId("var", top) + ": 6, not 5\n",
            shown(all));
    }

    void aChangedRecipeShowsWhatLinesDoNotHold()
    {
        const Id top = at->store.stocked("TOP", 10);
        const Id set = at->store.bundle("SET", {{top, 2}});
        at->store.record({orderDocument("O-2", {{"1", "SET", 3}})});
        at->store.commands.run([&](store::Tx& tx) {
            at->store.bundles.set(tx, at->store.acme, set, {{top, 3}});
        });

        CPPUNIT_ASSERT_EQUAL("order_line held of " + showId("var", top) + ": 9, not 6\n",
                             shown(found()));
    }

    void factsWithoutTheirOrderAreNamed()
    {
        run("DELETE FROM reservation");
        run("DELETE FROM stock_movement WHERE reserved_delta <> 0");
        run("UPDATE stock_level SET reserved = 0, last_movement_id = (SELECT id FROM "
            "stock_movement m "
            "WHERE m.variant_id = stock_level.variant_id)");
        run("UPDATE listing SET pushed = 5, sold = 0");
        run("DELETE FROM order_line");
        run("DELETE FROM sales_order");

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(
            std::string("sales_order row: the order that its facts place, not no row\n"),
            shown(all));
        CPPUNIT_ASSERT_EQUAL(std::string("shop"), idOf(all.at(0), "channel"));
        CPPUNIT_ASSERT_EQUAL(std::string("O-1"), idOf(all.at(0), "external_id"));
    }

    void anAcceptedMessageWithoutAnOutcomeIsNamedAfterAMinute()
    {
        const Time since = at->store.clock.now();
        std::promise<void> kept;
        at->store.inbox.keep({.tenant = mainTenant,
                              .channel = at->store.shop().id,
                              .messageId = "m-1",
                              .topic = "orders/create",
                              .body = "{}",
                              .occurredAt = since,
                              .receivedAt = since},
                             [&](const store::Outcome<sync::Kept>&) { kept.set_value(); });
        kept.get_future().get();
        CPPUNIT_ASSERT_EQUAL(std::string(), shown(found()));
        at->later(std::chrono::seconds(61));

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::string("inbox_message"), all[0].table);
        CPPUNIT_ASSERT_EQUAL(std::string("orders/create"), idOf(all[0], "topic"));
        CPPUNIT_ASSERT_EQUAL("pending since " + toIso(since) + ", 0 attempts", all[0].found);
    }

    void aTaskThatNobodyRunsIsNamed()
    {
        run("UPDATE task SET state = 2");
        run("UPDATE lane SET expires_at = " + std::to_string(at->store.clock.now().micros));
        CPPUNIT_ASSERT_EQUAL(std::string(), shown(found()));
        run("UPDATE lane SET expires_at = 0");

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(
            std::string("task state: running in a lane that a hub holds, not running, and no hub "
                        "holds the lane\n"),
            shown(all));
        CPPUNIT_ASSERT_EQUAL(std::string("stock"), idOf(all.at(0), "kind"));
        CPPUNIT_ASSERT_EQUAL(std::string("shop"), idOf(all.at(0), "channel"));
    }

    void aListingThatShowsAnotherNumberAndWaitsForNothingIsNamed()
    {
        run("UPDATE listing SET pushed = 9");

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(std::string("listing what the channel shows: 3, not 9\n"), shown(all));
        CPPUNIT_ASSERT_EQUAL(std::string("shop"), idOf(all.at(0), "channel"));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), idOf(all.at(0), "sku"));
        CPPUNIT_ASSERT(idOf(all.at(0), "listing").starts_with("lst_"));
    }

    void aListingThatIsToBeToldIsNoDisagreement()
    {
        at->adjust(4); // and nobody has told the channel

        CPPUNIT_ASSERT_EQUAL(std::string(), shown(found()));
    }

    void aShipmentThatNobodyIsTellingIsNamed()
    {
        at->store.commands.run([&](store::Tx& tx) {
            at->store.orderCommands.ship(tx, at->store.acme, at->store.order("O-1"), {}, "req_1");
        });
        at->run();

        const auto all = found();

        CPPUNIT_ASSERT_EQUAL(std::string("shipment task: one that tells the channel, not none\n"),
                             shown(all));
        CPPUNIT_ASSERT_EQUAL(std::string("shop"), idOf(all.at(0), "channel"));
    }

    void itGoesOnWhereACallerLeftIt()
    {
        run("UPDATE sales_order SET status = 'completed'");
        run("UPDATE listing SET pushed = 9");

        std::vector<Disagreement> all;
        std::string cursor = Doctor::Place{}.text();
        for (bool last = false; !last;) {
            auto place = Doctor::Place::read(cursor);
            const auto step = doctor().step(*at->store.database, mainTenant, place);
            all.insert(all.end(), step.found.begin(), step.found.end());
            last = step.last;
            cursor = place.text();
        }

        CPPUNIT_ASSERT_EQUAL(std::string("sales_order status: pending, not completed\n"
                                         "listing what the channel shows: 3, not 9\n"),
                             shown(all));
    }

    void aForeignCursorIsRefused()
    {
        for (const char* text : {"", "1", "x:0:", "99:0:", "0:-1:", "0:1", "0::"})
            CPPUNIT_ASSERT_THROW_MESSAGE(text, Doctor::Place::read(text), Error);
        CPPUNIT_ASSERT_EQUAL(std::string("3:7:O:1"), Doctor::Place::read("3:7:O:1").text());
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(DoctorTest);
