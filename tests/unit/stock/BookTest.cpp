#include "support/Shelf.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class BookTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BookTest);
    CPPUNIT_TEST(aLineIsBroughtToItsTargetAndARepetitionMovesNothing);
    CPPUNIT_TEST(twoLinesOfOneOrderCannotBothTakeTheLastUnit);
    CPPUNIT_TEST(oneLocationThatCoversTheWholeOrderServesIt);
    CPPUNIT_TEST(anOrderThatNoLocationCoversIsSplitInTheChannelsOrder);
    CPPUNIT_TEST(aChannelsOrdersUseOnlyItsLocations);
    CPPUNIT_TEST(ordersUseSafetyStockAndCallersDoNot);
    CPPUNIT_TEST(aReservationIsTakenWholeOrNotAtAll);
    CPPUNIT_TEST(aBundleIsHeldInWholeUnits);
    CPPUNIT_TEST(freedStockGoesToTheOldestShortLine);
    CPPUNIT_TEST(returnedGoodsServeThoseWhoWaitBeforeTheOrderThatReturnedThem);
    CPPUNIT_TEST(aShortLineOnlyTakesWhenStockComes);
    CPPUNIT_TEST(aShipmentOfHeldUnitsTakesThemOffTheShelf);
    CPPUNIT_TEST(aShipmentBeyondWhatIsFreeTakesTheYoungestHoldsFirst);
    CPPUNIT_TEST(aShipmentOfWhatWasNeverThereIsCountedInAndOut);
    CPPUNIT_TEST(aFulfilmentThatIsUndonePutsTheUnitsBackAndHoldsThemAgain);
    CPPUNIT_TEST(aReturnThatIsTakenBackIsNeverRefused);
    CPPUNIT_TEST(aCountBelowWhatIsReservedTakesTheYoungestHolds);
    CPPUNIT_TEST(aCallersReservationThatGivesWayIsAnException);
    CPPUNIT_TEST(holdsOfAnEarlierRecipeGiveWayToo);
    CPPUNIT_TEST(onHandNeverGoesBelowZero);
    CPPUNIT_TEST(holdsByHandAreReleasedByHandOnlyOldestFirst);
    CPPUNIT_TEST(aReservationEndsOnce);
    CPPUNIT_TEST(aCommittedReservationLeavesTheShelf);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { shelf.emplace(); }
    void tearDown() override { shelf.reset(); }

    void aLineIsBroughtToItsTargetAndARepetitionMovesNothing()
    {
        shelf->level(leg, here, 5);

        shelf->move({{.line = lineOf(1, leg, 3)}});
        CPPUNIT_ASSERT_EQUAL(Quantity{3}, shelf->held(1, leg, here));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, shelf->movements.size());
        shelf->move({{.line = lineOf(1, leg, 3)}});
        CPPUNIT_ASSERT(shelf->movements.empty());
        shelf->move({{.line = lineOf(1, leg, 0)}});

        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{5}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT(shelf->holds.empty());
    }

    void twoLinesOfOneOrderCannotBothTakeTheLastUnit()
    {
        shelf->level(leg, here, 1);
        shelf->level(top, here, 9);

        shelf->move({{.line = lineOf(1, leg, 1)}, {.line = lineOf(2, shirtAndLeg, 1)}});

        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(top, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->shortage(1));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->shortage(2));
    }

    void oneLocationThatCoversTheWholeOrderServesIt()
    {
        shelf->level(leg, here, 5);
        shelf->level(top, here, 0);
        shelf->level(leg, there, 2);
        shelf->level(top, there, 1);

        shelf->move({{.line = lineOf(1, leg, 2)}, {.line = lineOf(2, top, 1)}});

        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->reserved(leg, there));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->reserved(top, there));
    }

    void anOrderThatNoLocationCoversIsSplitInTheChannelsOrder()
    {
        shelf->level(leg, here, 3);
        shelf->level(leg, there, 4);

        shelf->move({{.line = lineOf(1, leg, 6, 0, otherWayRound)}});

        CPPUNIT_ASSERT_EQUAL(Quantity{4}, shelf->reserved(leg, there));
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->shortage(1));
    }

    void aChannelsOrdersUseOnlyItsLocations()
    {
        shelf->level(leg, here, 5);
        shelf->level(leg, there, 1);

        shelf->move({{.line = lineOf(1, leg, 3, 0, onlyThere)}});

        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->reserved(leg, there));
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->shortage(1));
    }

    void ordersUseSafetyStockAndCallersDoNot()
    {
        shelf->level(leg, here, 5, 3);

        CPPUNIT_ASSERT(!shelf->reserve(50, leg, 3));
        CPPUNIT_ASSERT_EQUAL(std::string("SKU: 3 asked, 2 available"), shelf->refusal);
        CPPUNIT_ASSERT(shelf->reserve(51, leg, 2));
        shelf->move({{.line = lineOf(1, leg, 3)}});

        CPPUNIT_ASSERT_EQUAL(Quantity{5}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->shortage(1));
    }

    void aReservationIsTakenWholeOrNotAtAll()
    {
        shelf->level(leg, here, 2);
        shelf->level(leg, there, 3);

        CPPUNIT_ASSERT(!shelf->reserve(50, leg, 6));
        CPPUNIT_ASSERT(shelf->movements.empty() && shelf->holds.empty());
        CPPUNIT_ASSERT(shelf->reserve(51, leg, 3));
        CPPUNIT_ASSERT_EQUAL(Quantity{3}, shelf->reserved(leg, there));
        CPPUNIT_ASSERT(shelf->reserve(52, leg, 1));
        CPPUNIT_ASSERT(!shelf->reserve(53, leg, 1, OwnerKind::Caller, {there}));
        CPPUNIT_ASSERT(shelf->reserve(53, leg, 1));

        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->reserved(leg, here));
    }

    void aBundleIsHeldInWholeUnits()
    {
        shelf->level(leg, here, 9);
        shelf->level(top, here, 5);

        shelf->move({{.line = lineOf(1, shirtAndLeg, 3)}});

        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(1, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{4}, shelf->held(1, top, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->shortage(1));
        CPPUNIT_ASSERT(!shelf->reserve(50, shirtAndLeg, 1));
        shelf->adjust(top, here, 1);
        CPPUNIT_ASSERT_EQUAL(Quantity{6}, shelf->held(1, top, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->shortage(1));
    }

    void freedStockGoesToTheOldestShortLine()
    {
        shelf->level(leg, here, 0);
        shelf->move({{.line = lineOf(1, leg, 2, 30)}});
        shelf->move({{.line = lineOf(2, leg, 2, 10)}});
        shelf->move({{.line = lineOf(3, leg, 2, 20)}});

        shelf->adjust(leg, here, 3, MovementKind::Receive);

        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(2, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->held(3, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->held(1, leg, here));
        shelf->move({{.line = lineOf(2, leg, 0, 10)}});
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(3, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->held(1, leg, here));
    }

    void returnedGoodsServeThoseWhoWaitBeforeTheOrderThatReturnedThem()
    {
        shelf->level(leg, here, 1);
        shelf->move({{.line = lineOf(5, leg, 1, 50)}});
        shelf->move({{.line = lineOf(5, leg, 0, 50), .ship = 1}});
        shelf->move({{.line = lineOf(1, leg, 1, 10)}});

        shelf->move({{.line = lineOf(5, leg, 1, 50), .comeBack = 1}});

        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->held(1, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->shortage(5));
    }

    void aShortLineOnlyTakesWhenStockComes()
    {
        shelf->level(leg, here, 2);
        shelf->level(leg, there, 0);
        shelf->move({{.line = lineOf(1, leg, 3)}});
        shelf->lines.at(1).target = 1; // its order was written; its move is not told yet

        shelf->adjust(leg, there, 5);

        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(1, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->held(1, leg, there));
    }

    void aShipmentOfHeldUnitsTakesThemOffTheShelf()
    {
        shelf->level(leg, here, 3);
        shelf->level(leg, there, 3);
        shelf->move({{.line = lineOf(1, leg, 5)}});

        shelf->move({{.line = lineOf(1, leg, 1), .ship = 4, .location = there}});

        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->onHand(leg, there));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(leg, there));
        CPPUNIT_ASSERT(shelf->exceptions.empty());
    }

    void aShipmentBeyondWhatIsFreeTakesTheYoungestHoldsFirst()
    {
        shelf->level(leg, here, 6);
        shelf->move({{.line = lineOf(1, leg, 2)}});
        shelf->reserve(50, leg, 2);
        shelf->move({{.line = lineOf(2, leg, 2)}});

        shelf->move({{.line = lineOf(3, leg, 0), .ship = 3}});

        CPPUNIT_ASSERT_EQUAL(Quantity{3}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(1, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->held(50, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->held(2, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->shortage(2));
    }

    void aShipmentOfWhatWasNeverThereIsCountedInAndOut()
    {
        shelf->level(leg, here, 1);

        shelf->move({{.line = lineOf(1, leg, 0), .ship = 3}});

        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, shelf->movements.size());
        CPPUNIT_ASSERT(shelf->movements[1].kind == MovementKind::Count);
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->movements[1].onHand);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, shelf->exceptions.size());
        CPPUNIT_ASSERT_EQUAL(std::string("shipped_beyond_stock"), shelf->exceptions[0].kind);
        CPPUNIT_ASSERT_EQUAL(showId("ord", 101), shelf->exceptions[0].subject);
    }

    void aFulfilmentThatIsUndonePutsTheUnitsBackAndHoldsThemAgain()
    {
        shelf->level(leg, here, 2);
        shelf->move({{.line = lineOf(1, leg, 2)}});
        shelf->move({{.line = lineOf(1, leg, 0), .ship = 2}});
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->onHand(leg, here));

        shelf->move({{.line = lineOf(1, leg, 2), .ship = -2}});

        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(1, leg, here));
    }

    void aReturnThatIsTakenBackIsNeverRefused()
    {
        shelf->level(leg, here, 0);
        shelf->move({{.line = lineOf(1, leg, 0), .comeBack = 2}});
        shelf->move({{.line = lineOf(2, leg, 2)}});
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(2, leg, here));

        CPPUNIT_ASSERT(shelf->move({{.line = lineOf(1, leg, 0), .comeBack = -1}}));

        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->held(2, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->shortage(2));
    }

    void aCountBelowWhatIsReservedTakesTheYoungestHolds()
    {
        shelf->level(leg, here, 4);
        shelf->level(top, here, 4);
        shelf->move({{.line = lineOf(1, leg, 2)}});
        shelf->move({{.line = lineOf(2, shirtAndLeg, 2)}});

        CPPUNIT_ASSERT(shelf->adjust(leg, here, 3, MovementKind::Count));

        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(1, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->held(2, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(2, top, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->shortage(2));
    }

    void aCallersReservationThatGivesWayIsAnException()
    {
        shelf->level(leg, here, 4);
        shelf->reserve(50, leg, 4);

        CPPUNIT_ASSERT(shelf->adjust(leg, here, -3));

        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->held(50, leg, here));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, shelf->exceptions.size());
        CPPUNIT_ASSERT_EQUAL(std::string("reservation_cut"), shelf->exceptions[0].kind);
        CPPUNIT_ASSERT_EQUAL(showId("res", 50), shelf->exceptions[0].subject);
    }

    void holdsOfAnEarlierRecipeGiveWayToo()
    {
        shelf->level(leg, here, 4);
        shelf->level(top, here, 8);
        shelf->level(sock, here, 0);
        shelf->move({{.line = lineOf(1, shirtAndLeg, 4)}});
        shelf->lines.at(1).recipe = {{leg, 1}, {sock, 1}}; // the bundle is made of other things now

        CPPUNIT_ASSERT(shelf->adjust(top, here, 0, MovementKind::Count));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(top, here));
        CPPUNIT_ASSERT(shelf->adjust(leg, here, 1, MovementKind::Count));

        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{4}, shelf->shortage(1));
    }

    void onHandNeverGoesBelowZero()
    {
        shelf->level(leg, here, 2);

        CPPUNIT_ASSERT(!shelf->adjust(leg, here, -3));

        CPPUNIT_ASSERT_EQUAL(std::string("SKU: on hand would go below zero (2 there, 3 to take)"),
                             shelf->refusal);
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT(shelf->adjust(leg, here, -2));
    }

    void holdsByHandAreReleasedByHandOnlyOldestFirst()
    {
        shelf->level(leg, here, 9);
        shelf->reserve(50, leg, 2, OwnerKind::Hand, {here});
        shelf->reserve(51, leg, 2, OwnerKind::Caller, {here});
        shelf->reserve(52, leg, 2, OwnerKind::Hand, {here});

        CPPUNIT_ASSERT(!shelf->releaseByHand(leg, here, 5));
        CPPUNIT_ASSERT_EQUAL(std::string("SKU: 5 to release, but only 4 are held by hand"),
                             shelf->refusal);
        CPPUNIT_ASSERT(!shelf->releaseByHand(leg, there, 1));
        CPPUNIT_ASSERT(shelf->releaseByHand(leg, here, 3));

        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->held(50, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{2}, shelf->held(51, leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->held(52, leg, here));
        CPPUNIT_ASSERT(shelf->holds.at({50, leg, here}).state == HoldState::Released);
        CPPUNIT_ASSERT(shelf->holds.at({52, leg, here}).state == HoldState::Active);
    }

    void aReservationEndsOnce()
    {
        shelf->level(leg, here, 3);
        shelf->reserve(50, leg, 3);

        CPPUNIT_ASSERT(shelf->end(50));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT(shelf->end(50));
        CPPUNIT_ASSERT(shelf->movements.empty());
        CPPUNIT_ASSERT(!shelf->end(50, HoldState::Committed));
        CPPUNIT_ASSERT(!shelf->end(51));
        shelf->move({{.line = lineOf(1, leg, 1)}});
        CPPUNIT_ASSERT(!shelf->end(1));

        CPPUNIT_ASSERT_EQUAL(Quantity{3}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->reserved(leg, here));
    }

    void aCommittedReservationLeavesTheShelf()
    {
        shelf->level(leg, here, 2);
        shelf->level(top, here, 2);
        shelf->reserve(50, shirtAndLeg, 1);

        CPPUNIT_ASSERT(shelf->end(50, HoldState::Committed));

        CPPUNIT_ASSERT_EQUAL(Quantity{1}, shelf->onHand(leg, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->onHand(top, here));
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, shelf->reserved(leg, here));
        CPPUNIT_ASSERT(shelf->movements[0].kind == MovementKind::Ship);
    }

    std::optional<Shelf> shelf;
};

CPPUNIT_TEST_SUITE_REGISTRATION(BookTest);
