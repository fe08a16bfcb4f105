#pragma once

#include "core/Clock.h"
#include "core/Scope.h"
#include "stock/Ledger.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::stock
{

enum class CountState
{
    Open = 1,
    Closed = 2,
    Cancelled = 3,
};

const char* name(CountState state);
std::optional<CountState> countStateFromName(std::string_view name);

/// People going through a location with a list: what they find is written down first and counts all
/// at once when the session is closed.
struct Count
{
    Id id = 0;
    std::string location;
    std::string title;
    CountState state = CountState::Open;
    std::string actor;
    Time createdAt;
    std::optional<Time> endedAt;
    std::int64_t lines = 0;
};

struct CountLine
{
    Id variant = 0;
    std::string sku;
    Quantity counted = 0;
    std::optional<Quantity> expected; // what the level said when the session was closed
};

/// Owns: stock_count, stock_count_line.
class Counts
{
public:
    static constexpr int linesMax = 10'000;

    Counts(Ledger& ledger, IdGenerator& ids, const Clock& clock)
        : _ledger(ledger), _ids(ids), _clock(clock)
    {
    }

    /// Throws Error(NotFound) for a location that does not exist.
    Count open(store::Tx& tx, const Scope& scope, const std::string& location,
               const std::string& title) const;
    /// Writes down what was found of these; of a variant the last number counts. Throws
    /// Error: NotFound, Conflict when it is not open, Unprocessable for too many lines.
    Count record(store::Tx& tx, const Scope& scope, Id count,
                 std::span<const CountLine> lines) const;
    /// The levels become what was counted; what was not counted stays. Throws Error(Conflict) when
    /// it is not open.
    std::vector<CountLine> close(store::Tx& tx, const Scope& scope, Id count,
                                 const std::string& cause) const;
    Count cancel(store::Tx& tx, const Scope& scope, Id count) const;

    std::optional<Count> get(store::Session& session, const Scope& scope, Id count) const;
    std::vector<CountLine> lines(store::Session& session, const Scope& scope, Id count) const;
    /// Newest first.
    store::Page<Count> list(store::Session& session, const Scope& scope,
                            const store::PageRequest& page,
                            std::optional<CountState> state = {}) const;

private:
    Id requireOpen(store::Tx& tx, const Scope& scope, Id count) const;

    Ledger& _ledger;
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::stock
