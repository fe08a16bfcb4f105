#pragma once

#include "catalog/ListingDocument.h"
#include "spokes/Channels.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace spokehub::sync
{

/// Runs work on a channel's lane and waits for it. The work may run even after the caller has
/// stopped waiting, so it owns what it touches.
using OnLane = std::function<void(std::function<void(spokes::Channel&, const spokes::Call&)>)>;

/// All listings and levels that a channel shows, in memory.
struct ChannelShown
{
    static constexpr std::size_t documentsMax = 200'000;

    struct Unfit
    {
        std::string externalId;
        std::string sku;
        std::string reason;
    };

    std::map<std::string, catalog::ListingDocument> listings; // by external id
    std::map<std::string, catalog::LevelDocument> levels;     // by stock id
    std::vector<Unfit> unfit;                                 // what could not be read

    /// Reads a whole stream, call after call, from where the last one got to. Throws
    /// Error(Unavailable) when the channel cannot be read by the deadline, and
    /// Error(Unprocessable) when it has more than documentsMax.
    void read(const OnLane& onLane, const Clock& clock, const std::string& stream, Time deadline);
};

} // namespace spokehub::sync
