#pragma once

#include "access/Caller.h"
#include "core/Config.h"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace spokehub::access
{

/// The API keys of the configuration. Only their hashes are kept. Thread-safe.
class ApiKeys
{
public:
    /// Throws Error(BadRequest) for a role that is not known.
    ApiKeys(const std::vector<ApiKeyConfig>& keys, const Roles& roles);

    struct Found
    {
        Caller caller;
        std::string tenant; // its name; the caller's scope has the main one until it is looked up
    };

    /// Nothing when no key is this one. How long it takes says nothing of the keys.
    std::optional<Found> find(std::string_view presented) const;

private:
    using Hash = std::array<unsigned char, 32>;

    struct Known
    {
        Hash hash;
        Found found;
    };

    std::vector<Known> _keys;
};

} // namespace spokehub::access
