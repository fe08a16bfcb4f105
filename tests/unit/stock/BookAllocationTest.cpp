#include "support/Shelf.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>

using namespace spokehub;
using namespace spokehub::test;

namespace
{

/// Allocation the slow way: a unit at a time, from counts in a map.
class UnitByUnit
{
public:
    std::map<std::pair<Id, Id>, Quantity> free;      // (variant, location)
    std::map<std::tuple<Id, Id, Id>, Quantity> held; // (line, variant, location)
    std::map<Id, Quantity> shortage;                 // of a line
    std::vector<Line> known;

    /// One location that has all the order lacks; else each line takes what it finds, place by
    /// place.
    void allocate(const std::vector<Line>& lines)
    {
        for (const Line& line : lines)
            shortage[line.id] = line.target;
        known.insert(known.end(), lines.begin(), lines.end());
        const auto whole = std::ranges::find_if(*lines.front().locations,
                                                [&](Id place) { return hasAll(lines, place); });
        for (const Line& line : lines)
            if (whole != lines.front().locations->end())
                takeAt(line, *whole);
            else
                for (const Id place : *line.locations)
                    takeAt(line, place);
    }

    /// Goods came: those who have waited longest are served first.
    void receive(Id variant, Id place, Quantity units)
    {
        free[{variant, place}] += units;
        auto waiting = known;
        std::ranges::stable_sort(waiting, {}, [](const Line& line) {
            return std::tuple(line.placedAt, line.order, line.id);
        });
        for (const Line& line : waiting)
            if (std::ranges::find(line.recipe, variant, &Component::variant) != line.recipe.end())
                serveAlone(line);
    }

private:
    bool hasAll(const std::vector<Line>& lines, Id place)
    {
        std::map<Id, Quantity> wanted;
        for (const Line& line : lines)
            for (const Component& part : line.recipe)
                wanted[part.variant] += shortage[line.id] * part.per;
        return std::ranges::all_of(wanted, [&](const auto& want) {
            return free[{want.first, place}] >= want.second;
        });
    }

    void serveAlone(const Line& line)
    {
        const auto whole =
            std::ranges::find_if(*line.locations, [&](Id place) { return hasAll({line}, place); });
        if (whole != line.locations->end())
            return takeAt(line, *whole);
        for (const Id place : *line.locations)
            takeAt(line, place);
    }

    void takeAt(const Line& line, Id place)
    {
        const auto fits = [&] {
            return std::ranges::all_of(line.recipe, [&](const Component& part) {
                return free[{part.variant, place}] >= part.per;
            });
        };
        while (shortage[line.id] > 0 && fits()) {
            --shortage[line.id];
            for (const Component& part : line.recipe) {
                free[{part.variant, place}] -= part.per;
                held[{line.id, part.variant, place}] += part.per;
            }
        }
    }
};

} // namespace

/// The book beside a model that does the same a unit at a time.
class BookAllocationTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BookAllocationTest);
    CPPUNIT_TEST(ordersAndGoodsInAnyOrderAreAllocatedAsUnitByUnit);
    CPPUNIT_TEST_SUITE_END();

public:
    void ordersAndGoodsInAnyOrderAreAllocatedAsUnitByUnit()
    {
        for (unsigned seed = 1; seed <= 2000; ++seed)
            play(seed);
    }

private:
    std::minstd_rand random;

    Quantity any(Quantity least, Quantity most)
    {
        return std::uniform_int_distribution<Quantity>(least, most)(random);
    }

    std::vector<Line> order(Id& ids)
    {
        constexpr Id subjects[] = {leg, top, sock, pen, shirtAndLeg, topAndSock};
        const auto& places = any(0, 1) == 0 ? bothPlaces : otherWayRound;
        const std::int64_t placedAt = any(1, 20);
        const Id number = ++ids;
        std::vector<Line> lines;
        for (Quantity left = any(1, 3); left > 0; --left) {
            lines.push_back(lineOf(++ids, subjects[any(0, 5)], any(0, 5), placedAt, places));
            lines.back().order = number;
        }
        return lines;
    }

    void play(unsigned seed)
    {
        random.seed(seed);
        Shelf shelf;
        UnitByUnit model;
        for (const Id variant : {leg, top, sock, pen})
            for (const Id place : bothPlaces) {
                const Quantity units = any(0, 14);
                shelf.level(variant, place, units, any(0, 3)); // orders may take safety stock
                model.free[{variant, place}] = units;
            }
        Id ids = 100;
        for (int step = 0; step < 6; ++step) {
            if (any(0, 2) > 0) {
                const auto lines = order(ids);
                std::vector<LineMove> moves;
                for (const Line& line : lines)
                    moves.push_back({.line = line});
                CPPUNIT_ASSERT(shelf.move(std::move(moves)));
                model.allocate(lines);
            } else {
                const Id variant = any(leg, pen), place = any(here, there);
                const Quantity units = any(1, 8);
                CPPUNIT_ASSERT(shelf.adjust(variant, place, units, MovementKind::Receive));
                model.receive(variant, place, units);
            }
            compare(seed, shelf, model);
        }
    }

    static void compare(unsigned seed, const Shelf& shelf, UnitByUnit& model)
    {
        const std::string what = "seed " + std::to_string(seed);
        for (const Line& line : model.known) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, model.shortage[line.id], shelf.shortage(line.id));
            for (const Component& part : line.recipe)
                for (const Id place : bothPlaces) {
                    const auto expected = model.held[{line.id, part.variant, place}];
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(what, expected,
                                                 shelf.held(line.id, part.variant, place));
                }
        }
        for (const auto& [where, units] : model.free)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, units,
                                         shelf.onHand(where.first, where.second) -
                                             shelf.reserved(where.first, where.second));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BookAllocationTest);
