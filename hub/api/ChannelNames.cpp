#include "api/ChannelNames.h"

#include "core/Error.h"

#include <mutex>

namespace spokehub::api
{

namespace
{

constexpr store::Sql selectChannels{"SELECT tenant_id, id, name FROM channel WHERE tenant_id = $1"};

} // namespace

void ChannelNames::load(Id tenant)
{
    const std::unique_lock lock(_mutex);
    _database.point([&](store::Session& session) {
        session.query(selectChannels, {tenant}, [&](const store::Row& row) {
            _names.try_emplace({row.integer(0), row.integer(1)}, row.text(2));
        });
    });
}

std::string_view ChannelNames::nameOf(Id tenant, Id channel)
{
    for (const bool again : {false, true}) {
        if (again)
            load(tenant);
        const std::shared_lock lock(_mutex);
        if (const auto found = _names.find({tenant, channel}); found != _names.end())
            return found->second;
    }
    return {};
}

std::optional<Id> ChannelNames::idOf(Id tenant, std::string_view name)
{
    for (const bool again : {false, true}) {
        if (again)
            load(tenant);
        const std::shared_lock lock(_mutex);
        for (const auto& [key, known] : _names)
            if (key.first == tenant && known == name)
                return key.second;
    }
    return std::nullopt;
}

Id ChannelNames::require(Id tenant, std::string_view name, std::string_view where)
{
    const auto id = idOf(tenant, name);
    if (!id) {
        const std::string reason = "names no channel: " + std::string(name);
        throw Error(Refusal::BadRequest, std::string(where) + " " + reason,
                    {{std::string(where), reason}});
    }
    return *id;
}

} // namespace spokehub::api
