#include "stock/Book.h"
#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <random>

using namespace spokehub;
using namespace spokehub::stock;

namespace
{

constexpr Id tenant = 1;
constexpr Id leg = 1, top = 2, sock = 3, pen = 4; // plain variants
constexpr Id shirtAndLeg = 10, topAndSock = 11;   // bundles
constexpr Id here = 1, there = 2;                 // locations
const std::vector<Id> bothPlaces{here, there};
const std::vector<Id> otherWayRound{there, here};
const std::vector<Id> onlyThere{there};

Recipe recipeOf(Id subject)
{
    switch (subject) {
    case shirtAndLeg:
        return {{leg, 1}, {top, 2}};
    case topAndSock:
        return {{top, 1}, {sock, 1}};
    case pen:
        return {{pen, 6}}; // sold by the half dozen
    default:
        return {{subject, 1}};
    }
}

/// Rows in memory, and the way in which the ledger drives a book: it loads little, and more when
/// the book asks for it.
class Shelf
{
public:
    using Call = std::function<void(Book&)>;

    std::map<Book::Place, Level> levels;
    std::map<std::tuple<Id, Id, Id>, Hold> holds; // (owner, variant, location)
    std::map<Id, Line> lines;
    std::vector<Movement> movements; // of the last call; their causes are gone
    std::vector<Exception> exceptions;
    std::map<std::pair<Id, Id>, Level> sums; // (variant, location): of all movements
    std::string refusal;                     // of the last call
    std::int64_t now = 0;

    void level(Id variant, Id location, Quantity onHand, Quantity safety = 0)
    {
        levels[{tenant, variant, location}] = {onHand, 0, safety};
        sums[{variant, location}].onHand = onHand;
    }

    Quantity onHand(Id variant, Id location) const { return at(variant, location).onHand; }
    Quantity reserved(Id variant, Id location) const { return at(variant, location).reserved; }

    Quantity held(Id owner, Id variant, Id location) const
    {
        const auto found = holds.find({owner, variant, location});
        return found == holds.end() ? 0 : found->second.quantity;
    }

    Quantity shortage(Id line) const { return lines.at(line).shortage; }

    /// True when it was taken.
    bool run(const Call& call, std::set<Id> owners = {})
    {
        ++now;
        _asked = std::move(owners);
        Book::Needs known;
        for (;;) {
            Book book = load(known);
            refusal.clear();
            try {
                call(book);
            } catch (const Error& error) {
                refusal = error.what();
            }
            if (book.needs().none()) {
                save(book);
                return refusal.empty();
            }
            known.holds.insert(book.needs().holds.begin(), book.needs().holds.end());
            known.shorts.insert(book.needs().shorts.begin(), book.needs().shorts.end());
        }
    }

    bool move(std::vector<LineMove> moves)
    {
        std::set<Id> owners;
        for (LineMove& move : moves) { // the order is written before its stock moves
            owners.insert(move.line.id);
            const auto stored = lines.find(move.line.id);
            move.line.shortage = stored == lines.end() ? 0 : stored->second.shortage;
            lines[move.line.id] = move.line;
        }
        const OrderMove order{std::move(moves), _cause};
        return run([&](Book& book) { book.move(order); }, std::move(owners));
    }

    bool reserve(Id owner, Id subject, Quantity quantity, OwnerKind kind = OwnerKind::Caller,
                 std::vector<Id> locations = bothPlaces)
    {
        const ReserveRequest request{.tenant = tenant,
                                     .owner = owner,
                                     .subject = subject,
                                     .name = "SKU",
                                     .recipe = recipeOf(subject),
                                     .quantity = quantity,
                                     .locations = std::move(locations),
                                     .kind = kind,
                                     .reference = {},
                                     .expiresAt = {},
                                     .cause = _cause};
        return run([&](Book& book) { book.reserve(request); });
    }

    bool adjust(Id variant, Id location, Quantity onHand, MovementKind kind = MovementKind::Adjust)
    {
        const AdjustRequest request{tenant, variant, location, "SKU", kind, onHand, _cause};
        return run([&](Book& book) { book.adjust(request); });
    }

    bool end(Id owner, HoldState how = HoldState::Released)
    {
        return run([&](Book& book) { book.end(tenant, owner, how, _cause); }, {owner});
    }

    bool releaseByHand(Id variant, Id location, Quantity quantity)
    {
        return run([&](Book& book) {
            book.releaseByHand(tenant, variant, location, "SKU", quantity, _cause);
        });
    }

private:
    const Level& at(Id variant, Id location) const
    {
        static const Level none;
        const auto found = levels.find({tenant, variant, location});
        return found == levels.end() ? none : found->second;
    }

    Book load(const Book::Needs& known) const
    {
        Book book(Time{now});
        for (const auto& [place, level] : levels)
            book.load(place.tenant, place.variant, place.location, level);
        std::set<Id> owners;
        for (const auto& [id, line] : lines)
            if (wanted(known, line)) {
                book.load(line);
                owners.insert(id);
            }
        for (const auto& [key, hold] : holds)
            if (owners.contains(hold.owner) || _asked.contains(hold.owner) ||
                known.holds.contains({tenant, hold.variant}))
                book.load(hold);
        for (const auto& [key, variant] : known.holds)
            book.holdsComplete(key, variant);
        for (const auto& [key, variant] : known.shorts)
            book.shortsComplete(key, variant);
        return book;
    }

    bool wanted(const Book::Needs& known, const Line& line) const
    {
        for (const auto& variant : known.holds)
            for (const auto& [key, hold] : holds)
                if (hold.owner == line.id && hold.variant == variant.second)
                    return true;
        return line.shortage > 0 && std::ranges::any_of(line.recipe, [&](const Component& part) {
                   return known.shorts.contains({tenant, part.variant});
               });
    }

    void save(const Book& book)
    {
        for (const Book::Place& place : book.changedLevels())
            levels[place] = *book.level(place);
        for (const Hold* hold : book.changedHolds())
            if (hold->kind == OwnerKind::Line && hold->quantity == 0)
                holds.erase({hold->owner, hold->variant, hold->location});
            else
                holds[{hold->owner, hold->variant, hold->location}] = *hold;
        for (const Line* line : book.changedLines())
            lines.at(line->id).shortage = line->shortage;
        movements = book.movements();
        exceptions = book.exceptions();
        for (const Movement& movement : movements) {
            sums[{movement.variant, movement.location}].onHand += movement.onHand;
            sums[{movement.variant, movement.location}].reserved += movement.reserved;
        }
    }

    Cause _cause{"req_1", "test", {}};
    std::set<Id> _asked; // owners that the call names: their holds are loaded from the start
};

Line lineOf(Id id, Id subject, Quantity target, std::int64_t placedAt = 0,
            const std::vector<Id>& places = bothPlaces)
{
    return {.tenant = tenant,
            .order = 100 + id,
            .id = id,
            .subject = subject,
            .recipe = recipeOf(subject),
            .locations = &places,
            .placedAt = Time{placedAt != 0 ? placedAt : id},
            .target = target};
}

/// Random operations on a shelf, each checked by a model that only counts.
class Play
{
public:
    explicit Play(unsigned seed) : _random(seed) {}

    void run(int steps)
    {
        for (const Id variant : {leg, top, sock, pen})
            for (const Id place : bothPlaces) {
                const Quantity units = any(0, 12);
                _shelf.level(variant, place, units, any(0, 2));
                _onHand[variant] += units;
            }
        for (int step = 0; step < steps; ++step) {
            const Shelf before = _shelf;
            const bool taken = anything();
            if (!taken)
                checkUnchanged(before);
            checkShelf();
            checkOldestFirst(before);
        }
    }

private:
    Quantity any(Quantity least, Quantity most)
    {
        return std::uniform_int_distribution<Quantity>(least, most)(_random);
    }

    template <class Container>
    auto& oneOf(Container& from)
    {
        auto at = from.begin();
        std::advance(at, any(0, static_cast<Quantity>(from.size()) - 1));
        return *at;
    }

    bool anything()
    {
        switch (any(0, 9)) {
        case 0:
        case 1:
            return newOrder();
        case 2:
        case 3:
            return progress();
        case 4:
            return repeat();
        case 5:
            return reserve();
        case 6:
            return end();
        case 7:
            return handRelease();
        default:
            return adjust();
        }
    }

    Id subject()
    {
        constexpr Id subjects[] = {leg, top, sock, pen, shirtAndLeg, topAndSock};
        return subjects[any(0, 5)];
    }

    bool newOrder()
    {
        std::vector<LineMove> moves;
        const auto& places = any(0, 1) == 0 ? bothPlaces : otherWayRound;
        const std::int64_t placedAt = any(1, 50);
        const Id order = ++_ids;
        for (Quantity lines = any(1, 3); lines > 0; --lines) {
            Line line = lineOf(++_ids, subject(), any(0, 6), placedAt, places);
            line.order = order;
            moves.push_back({.line = line});
        }
        return settle(std::move(moves));
    }

    /// Ships, cancels, returns, undoes, or asks for more, on lines of one order.
    bool progress()
    {
        if (_shelf.lines.empty())
            return repeat();
        const Id order = oneOf(_shelf.lines).second.order;
        std::vector<LineMove> moves;
        for (const auto& [id, line] : _shelf.lines) {
            if (line.order != order || any(0, 2) == 0)
                continue;
            LineMove move{.line = line};
            Quantity& shipped = _shipped[id];
            move.location = any(0, 1) == 0 ? 0 : oneOf(bothPlaces);
            if (any(0, 1) == 0)
                move.ship = any(-shipped, line.target);
            if (any(0, 3) == 0)
                move.comeBack = any(-1, 2);
            move.line.target = std::max<Quantity>(0, line.target - move.ship + any(-1, 1));
            shipped += move.ship;
            const Quantity units = move.comeBack + std::max<Quantity>(0, -move.ship);
            for (const Component& part : line.recipe) {
                Quantity& onHand = _onHand[part.variant];
                onHand = std::max<Quantity>(0, onHand + units * part.per);
                onHand =
                    std::max<Quantity>(0, onHand - std::max<Quantity>(0, move.ship) * part.per);
            }
            moves.push_back(move);
        }
        return settle(std::move(moves));
    }

    bool settle(std::vector<LineMove> moves)
    {
        _last.clear();
        for (const LineMove& move : moves)
            _last.push_back({.line = move.line});
        return _shelf.move(std::move(moves));
    }

    /// Told again, an order moves nothing, unless it is something else that has come meanwhile.
    bool repeat()
    {
        std::vector<LineMove> again;
        for (const LineMove& move : _last)
            again.push_back({.line = _shelf.lines.at(move.line.id)});
        CPPUNIT_ASSERT(_shelf.move(again));
        CPPUNIT_ASSERT(_shelf.movements.empty());
        return true;
    }

    bool reserve()
    {
        const Id owner = ++_ids;
        const Id asked = subject();
        const bool byHand = asked < 10 && asked != pen && any(0, 1) == 0;
        std::vector<Id> places{oneOf(bothPlaces)};
        if (!byHand && any(0, 1) == 0)
            places = bothPlaces;
        const bool taken = _shelf.reserve(owner, asked, any(1, 4),
                                          byHand ? OwnerKind::Hand : OwnerKind::Caller, places);
        if (taken)
            _reservations.insert(owner);
        return taken;
    }

    bool end()
    {
        if (_reservations.empty())
            return repeat();
        const Id owner = oneOf(_reservations);
        constexpr HoldState ways[] = {HoldState::Released, HoldState::Committed,
                                      HoldState::Expired};
        const HoldState how = ways[any(0, 2)];
        std::map<Id, Quantity> leaving;
        for (const auto& [key, hold] : _shelf.holds)
            if (hold.owner == owner)
                leaving[hold.variant] += hold.quantity;
        const bool taken = _shelf.end(owner, how);
        if (taken && how == HoldState::Committed)
            for (const auto& [variant, units] : leaving)
                _onHand[variant] -= units;
        return taken;
    }

    bool handRelease()
    {
        return _shelf.releaseByHand(any(leg, sock), oneOf(bothPlaces), any(1, 4));
    }

    bool adjust()
    {
        const Id variant = any(leg, pen);
        const Id place = oneOf(bothPlaces);
        const Quantity before = _shelf.onHand(variant, place);
        const bool count = any(0, 2) == 0;
        const Quantity units = count ? any(0, 15) : any(-8, 8);
        const bool taken = _shelf.adjust(variant, place, units,
                                         count ? MovementKind::Count : MovementKind::Adjust);
        CPPUNIT_ASSERT_EQUAL(count || before + units >= 0, taken);
        if (taken)
            _onHand[variant] += count ? units - before : units;
        return taken;
    }

    void checkUnchanged(const Shelf& before) const
    {
        CPPUNIT_ASSERT(_shelf.movements.empty() && _shelf.exceptions.empty());
        for (const auto& [place, level] : _shelf.levels) {
            CPPUNIT_ASSERT_EQUAL(before.onHand(place.variant, place.location), level.onHand);
            CPPUNIT_ASSERT_EQUAL(before.reserved(place.variant, place.location), level.reserved);
        }
        CPPUNIT_ASSERT_EQUAL(before.holds.size(), _shelf.holds.size());
    }

    void checkShelf()
    {
        std::map<std::pair<Id, Id>, Quantity> holds;
        for (const auto& [key, hold] : _shelf.holds) {
            CPPUNIT_ASSERT(hold.quantity >= 0);
            holds[{hold.variant, hold.location}] += hold.quantity;
        }
        std::map<Id, Quantity> onHand;
        for (const auto& [place, level] : _shelf.levels) {
            const std::pair key{place.variant, place.location};
            CPPUNIT_ASSERT(level.reserved >= 0 && level.reserved <= level.onHand);
            CPPUNIT_ASSERT_EQUAL(holds[key], level.reserved);
            CPPUNIT_ASSERT_EQUAL(_shelf.sums[key].onHand, level.onHand);
            CPPUNIT_ASSERT_EQUAL(_shelf.sums[key].reserved, level.reserved);
            onHand[place.variant] += level.onHand;
        }
        for (const Id variant : {leg, top, sock, pen})
            CPPUNIT_ASSERT_EQUAL(_onHand[variant], onHand[variant]);
        for (const auto& [id, line] : _shelf.lines)
            checkLine(line);
    }

    /// It holds whole units; what it lacks is short, and there is no stock for it.
    void checkLine(const Line& line) const
    {
        Quantity units = 0;
        for (const Id place : bothPlaces) {
            const Component& first = line.recipe.front();
            const Quantity placed = _shelf.held(line.id, first.variant, place) / first.per;
            Quantity free = INT64_MAX;
            for (const Component& part : line.recipe) {
                CPPUNIT_ASSERT_EQUAL(placed * part.per, _shelf.held(line.id, part.variant, place));
                const Quantity left =
                    _shelf.onHand(part.variant, place) - _shelf.reserved(part.variant, place);
                free = std::min(free, left / part.per);
            }
            CPPUNIT_ASSERT(line.shortage == 0 || free == 0);
            units += placed;
        }
        CPPUNIT_ASSERT_EQUAL(line.target, units + line.shortage);
    }

    /// Who got more stock was not younger than somebody who waited for the same and still does.
    void checkOldestFirst(const Shelf& before) const
    {
        const auto age = [](const Line& line) {
            return std::tuple(line.placedAt, line.order, line.id);
        };
        for (const auto& [id, line] : _shelf.lines) {
            const auto was = before.lines.find(id);
            const Quantity had =
                was == before.lines.end() ? 0 : was->second.target - was->second.shortage;
            if (line.target - line.shortage <= had)
                continue;
            for (const auto& [other, waited] : before.lines)
                CPPUNIT_ASSERT(waited.shortage == 0 || _shelf.shortage(other) == 0 ||
                               waited.subject != line.subject || age(waited) >= age(line));
        }
    }

    std::mt19937 _random;
    Shelf _shelf;
    std::map<Id, Quantity> _onHand; // the model: what there should be of a variant in all
    std::map<Id, Quantity> _shipped;
    std::set<Id> _reservations;
    std::vector<LineMove> _last;
    Id _ids = 1000;
};

} // namespace

class BookTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BookTest);
    CPPUNIT_TEST(whateverHappensTheShelfAddsUp);
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

    void whateverHappensTheShelfAddsUp()
    {
        for (unsigned seed = 1; seed <= 500; ++seed)
            try {
                Play(seed).run(40);
            } catch (CppUnit::Exception& failure) {
                failure.setMessage(CppUnit::Message(failure.message().shortDescription(),
                                                    failure.message().details(),
                                                    "seed " + std::to_string(seed)));
                throw;
            }
    }

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
