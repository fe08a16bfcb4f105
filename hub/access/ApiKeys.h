#pragma once

#include "access/Caller.h"
#include "core/Config.h"

#include <array>
#include <optional>
#include <shared_mutex>
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

    /// From now on these. Throws as the constructor does, and then leaves them as they were.
    void replace(const std::vector<ApiKeyConfig>& keys, const Roles& roles);

    /// Nothing when no key is this one. How long it takes says nothing of the keys.
    std::optional<Found> find(std::string_view presented) const;

private:
    using Hash = std::array<unsigned char, 32>;

    struct Known
    {
        Hash hash;
        Found found;
    };

    static std::vector<Known> known(const std::vector<ApiKeyConfig>& keys, const Roles& roles);

    mutable std::shared_mutex _mutex;
    std::vector<Known> _keys;
};

} // namespace spokehub::access
