#pragma once

#include "catalog/Bundles.h"
#include "catalog/Listings.h"
#include "core/Json.h"
#include "spokes/ChannelRules.h"
#include "store/Database.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokehub::ops
{

/// A row that does not say what follows from other rows.
struct Disagreement
{
    std::string table;
    std::vector<std::pair<std::string, std::string>> ids; // what names the row
    std::string what;                                     // its column, or what it lacks
    std::string expected;
    std::string found;
    std::string remedy;
};

/// {"tenant", "table", "ids": {…}, "what", "expected", "found", "remedy"}
void write(JsonWriter& json, std::string_view tenant, const Disagreement& disagreement);

/// Works out again what the store says, from what it says elsewhere: levels from movements and
/// holds, orders from their facts, holds from lines, what channels were told from the stock there
/// is; and looks for what was accepted and has no outcome. Only reads. Each step looks at a bounded
/// part in one consistent state, so that it may run beside a working hub, over any number of
/// orders.
class Doctor
{
public:
    Doctor(std::vector<spokes::ChannelRules> channels, const catalog::Listings& listings,
           const catalog::Bundles& bundles, const Clock& clock)
        : _parts{std::move(channels), listings, bundles, clock}
    {
    }

    /// Where the next step begins; as text it is what a caller hands back. Throws Error(BadRequest)
    /// for a text that is none.
    struct Place
    {
        std::size_t check = 0;
        Id after = 0;
        std::string key;

        std::string text() const;
        static Place read(std::string_view text);
    };

    struct Step
    {
        std::vector<Disagreement> found;
        std::int64_t rows = 0; // looked at
        bool last = false;     // nothing is left to look at
    };

    /// Looks at the next part of what the tenant has and moves the place on.
    Step step(store::Database& database, Id tenant, Place& place) const;

    /// All of it. `tell` is called for each row that disagrees; answers how many rows were looked
    /// at.
    std::int64_t verify(store::Database& database, Id tenant,
                        const std::function<void(const Disagreement&)>& tell) const;

    // For the checks.
    struct Parts
    {
        std::vector<spokes::ChannelRules> channels;
        const catalog::Listings& listings;
        const catalog::Bundles& bundles;
        const Clock& clock;

        /// Null: it is configured no more.
        const spokes::ChannelRules* channel(Id tenant, Id id) const;
        const orders::OrderRules& orderRules(Id tenant, Id channel) const;
    };
    /// A part of one check: what it looks at, and what it found.
    struct Look
    {
        store::Session& session;
        Id tenant;
        Place& place; // moved on by the check
        Step& step;
        bool more = false; // this check has not reached its end
    };
    using Check = void (*)(const Parts&, Look&);

private:
    Parts _parts;
};

} // namespace spokehub::ops
