#pragma once

#include "stock/Book.h"
#include "stock/Exceptions.h"
#include "store/Session.h"

#include <exception>
#include <variant>

namespace spokehub::stock
{

/// Ends a reservation of a caller or a hand.
struct EndRequest
{
    Id tenant = 0;
    Id owner = 0;
    HoldState how = HoldState::Released;
    Cause cause;
};

/// Gives back units held by hand.
struct HandRelease
{
    Id tenant = 0;
    Id variant = 0;
    Id location = 0;
    std::string name;
    Quantity quantity = 0;
    Cause cause;
};

/// What is kept back of a variant at a location, and below what a person should order more; what is
/// not given stays.
struct Limits
{
    Id tenant = 0;
    Id variant = 0;
    Id location = 0;
    std::optional<Quantity> safetyStock;
    std::optional<Quantity> reorderLevel;
};

struct Together;

using StockRequest =
    std::variant<OrderMove, ReserveRequest, EndRequest, AdjustRequest, HandRelease, Together>;

/// All of these or, when one is refused, none.
struct Together
{
    std::vector<StockRequest> parts;
};

/// Where the ledger finds order lines that wait for stock, and tells what became of them.
/// Implemented by orders.
class Lines
{
public:
    virtual ~Lines() = default;

    using Variants = std::set<std::pair<Id, Id>>; // (tenant, variant)

    /// Lines that are short and want one of these variants, also as a part of a bundle.
    virtual std::vector<Line> shortOf(store::Tx& tx, const Variants& variants) = 0;

    struct Key
    {
        Id tenant, order, line;
        auto operator<=>(const Key&) const = default;
    };
    virtual std::vector<Line> byKey(store::Tx& tx, const std::set<Key>& keys) = 0;

    virtual void saveShortages(store::Tx& tx, std::span<const Line* const> lines) = 0;
};

/// Tells the book what happened and writes what follows, in the caller's transaction and in few
/// statements, however many requests there are. The rules are the book's; here is only loading and
/// saving. Owns: stock_level, reservation, stock_movement.
class Ledger
{
public:
    Ledger(IdGenerator& ids, const Clock& clock, Lines& lines)
        : _ids(ids), _clock(clock), _lines(lines), _exceptions(ids, clock)
    {
    }

    struct Settled
    {
        Book book;                                // as it stands after all requests
        std::vector<std::exception_ptr> refusals; // one per request; null: done
    };

    /// In the order given. A refused request changes nothing and disturbs no other.
    Settled settle(store::Tx& tx, std::span<const StockRequest> requests);

    void setLimits(store::Tx& tx, const Limits& limits);

private:
    struct Loaded;
    void load(store::Tx& tx, Loaded& loaded, const Book::Needs& needs);
    void loadUnderLocks(store::Tx& tx, Loaded& loaded);
    void loadLevels(store::Tx& tx, Loaded& loaded);
    void loadHolds(store::Tx& tx, Loaded& loaded);
    void findOwners(store::Tx& tx, Loaded& loaded);
    void save(store::Tx& tx, const Loaded& loaded, const Book& book);
    /// The last one of each level that has any.
    std::map<Book::Place, Id> saveMovements(store::Tx& tx, const Book& book);
    void saveLevels(store::Tx& tx, const Loaded& loaded, const Book& book,
                    const std::map<Book::Place, Id>& lastMovements);
    void saveHolds(store::Tx& tx, const Book& book);

    IdGenerator& _ids;
    const Clock& _clock;
    Lines& _lines;
    Exceptions _exceptions;
};

} // namespace spokehub::stock
