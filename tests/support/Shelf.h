#pragma once

#include "core/Error.h"
#include "stock/Book.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace spokehub::test
{

using namespace stock; // a shelf is made of a book's own words

constexpr Id tenant = 1;
constexpr Id leg = 1, top = 2, sock = 3, pen = 4; // plain variants
constexpr Id shirtAndLeg = 10, topAndSock = 11;   // bundles
constexpr Id here = 1, there = 2;                 // locations
inline const std::vector<Id> bothPlaces{here, there};
inline const std::vector<Id> otherWayRound{there, here};
inline const std::vector<Id> onlyThere{there};

inline Recipe recipeOf(Id subject)
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

inline Line lineOf(Id id, Id subject, Quantity target, std::int64_t placedAt = 0,
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

} // namespace spokehub::test
