#include "support/Shelf.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>

using namespace spokehub;
using namespace spokehub::test;

namespace
{

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

class BookPlayTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BookPlayTest);
    CPPUNIT_TEST(whateverHappensTheShelfAddsUp);
    CPPUNIT_TEST_SUITE_END();

public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(BookPlayTest);
