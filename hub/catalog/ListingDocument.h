#pragma once

#include "core/Clock.h"
#include "core/Json.h"

#include <cstdint>
#include <optional>
#include <string>

namespace spokehub::catalog
{

/// What a channel shows of one of its variants (DOCUMENTS.md, "Listing").
struct ListingDocument
{
    std::string externalId{};
    std::string parentId{};
    std::string stockId{}; // what levels are keyed by
    std::string sku{};
    std::string title{};
    std::optional<std::int64_t> price{};
    std::string currency{};
    bool tracked = true;
    std::optional<std::int64_t> quantity{};
    std::optional<Time> updatedAt{}; // not known otherwise
    bool removed = false;

    /// Throws Error(BadRequest) naming the listing and what is wrong with it.
    static ListingDocument read(Json json);
};

/// The quantity that a channel shows by itself (DOCUMENTS.md, "Level").
struct LevelDocument
{
    std::string stockId{};
    std::string location{}; // the channel's own
    std::int64_t quantity = 0;
    std::optional<Time> updatedAt{};

    /// Throws Error(BadRequest) naming the level and what is wrong with it.
    static LevelDocument read(Json json);
};

} // namespace spokehub::catalog
