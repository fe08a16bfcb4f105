#pragma once

#include "core/Id.h"
#include "store/Database.h"

#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace spokehub::api
{

/// The names of channels, also of those that are configured no more: a name never changes, so each
/// is read once. Thread-safe. Not to be asked while a reader is held.
class ChannelNames
{
public:
    explicit ChannelNames(store::Database& database) : _database(database) {}

    /// Empty when there is no such channel. Good as long as this lives.
    std::string_view nameOf(Id tenant, Id channel);
    std::optional<Id> idOf(Id tenant, std::string_view name);
    /// Throws Error(BadRequest), naming the parameter or field `where`.
    Id require(Id tenant, std::string_view name, std::string_view where);

private:
    void load(Id tenant);

    store::Database& _database;
    std::shared_mutex _mutex;
    std::map<std::pair<Id, Id>, std::string> _names; // (tenant, channel)
};

} // namespace spokehub::api
