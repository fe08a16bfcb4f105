#include "spokes/ChannelSecrets.h"

#include "access/Secrets.h"
#include "core/FieldChecks.h"
#include "core/Log.h"
#include "core/Suggestion.h"
#include "spokes/Channels.h"

#include <algorithm>

namespace spokehub::spokes
{

namespace
{

#define SECRET_COLUMNS                                                                             \
    "SELECT tenant_id, id, channel_id, name, configured, set_by, set_at FROM channel_secret "
constexpr store::Sql selectAll{SECRET_COLUMNS "ORDER BY id DESC"};
constexpr store::Sql selectOfChannel{SECRET_COLUMNS
                                     "WHERE tenant_id = $1 AND channel_id = $2 ORDER BY id DESC"};
#undef SECRET_COLUMNS
// Whoever changes secrets of the same channel waits.
constexpr store::Sql lockChannel{"SELECT id FROM channel WHERE tenant_id = $1 AND id = $2 {lock}"};
constexpr store::Sql insertOne{
    "INSERT INTO channel_secret (tenant_id, id, channel_id, name, configured, set_by, set_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr store::Sql deleteOne{"DELETE FROM channel_secret WHERE tenant_id = $1 AND id = $2"};

std::string shownId(const ChannelSecret& secret)
{
    return showId("sec", secret.id);
}

std::string fieldOf(const ChannelSecret& secret)
{
    return "channel_secret " + shownId(secret);
}

ChannelSecret secretOf(const store::Row& row)
{
    return {row.integer(1), row.integer(2), row.string(3),
            row.boolean(4), row.string(5),  row.time(6)};
}

/// By which the configuration's values of a secret are known again.
std::string markOf(const Channel& channel, const std::string& name)
{
    std::string all;
    if (const auto found = channel.config->secrets.find(name);
        found != channel.config->secrets.end())
        for (const Secret& value : found->second)
            all += access::toBase64Url(access::secret::hashOf(value.reveal())) + " ";
    return all;
}

const SecretRule& ruleOf(const Channel& channel, const std::string& name)
{
    if (channel.manifest == nullptr)
        throw Error(Refusal::Unavailable,
                    "channel " + channel.name() + " is not open: " + channel.whyClosed());
    std::vector<std::string> known;
    for (const SecretRule& rule : channel.manifest->secrets) {
        if (rule.name == name)
            return rule;
        known.push_back(rule.name);
    }
    throw Error(Refusal::BadRequest,
                "secret: the spoke " + channel.manifest->name + " has none of this name",
                {{"name", "is no secret of the spoke (" + suggestion(name, known) + ")"}});
}

void note(store::Tx& tx, const Channel& channel, const ChannelSecret& secret,
          std::string_view changed)
{
    tx.note(store::Difference(shownId(secret))
                .told("channel", channel.name())
                .told("secret", secret.name)
                .told("changed", std::string(changed)));
}

} // namespace

std::vector<ChannelSecret> ChannelSecrets::of(store::Session& session, const Channel& channel)
{
    std::vector<ChannelSecret> rows;
    session.query(selectOfChannel, {channel.tenant, channel.id},
                  [&](const store::Row& row) { rows.push_back(secretOf(row)); });
    return rows;
}

std::map<std::pair<Id, Id>, std::vector<ChannelSecret>> ChannelSecrets::all(store::Session& session)
{
    std::map<std::pair<Id, Id>, std::vector<ChannelSecret>> rows;
    session.query(selectAll, {}, [&](const store::Row& row) {
        rows[{row.integer(0), row.integer(2)}].push_back(secretOf(row));
    });
    return rows;
}

ChannelSecret ChannelSecrets::set(store::Tx& tx, const std::string& actor, const Channel& channel,
                                  Id id, const std::string& name, const std::string& value) const
{
    const SecretRule& rule = ruleOf(channel, name);
    tx.query(lockChannel, {channel.tenant, channel.id}, [](const store::Row&) {});
    auto before = of(tx, channel);
    std::erase_if(before, [&](const auto& each) { return each.name != name || each.configured; });
    if (!rule.list)
        for (const ChannelSecret& each : before)
            remove(tx, channel.tenant, each);
    else if (before.size() >= valuesMax)
        throw Error(Refusal::Conflict, "the secret " + name + " has " + std::to_string(valuesMax) +
                                           " values already; revoke one first");
    const ChannelSecret secret{id, channel.id, name, false, actor, _clock.now()};
    tx.write(insertOne, {channel.tenant, id, channel.id, name, false, secret.setBy, secret.setAt});
    _sealed.keep(tx, channel.tenant, fieldOf(secret), value);
    note(tx, channel, secret, "set");
    return secret;
}

void ChannelSecrets::revoke(store::Tx& tx, const Channel& channel, Id id) const
{
    const auto all = of(tx, channel);
    const auto found = std::ranges::find_if(
        all, [&](const auto& each) { return each.id == id && !each.configured; });
    if (found == all.end())
        throw Error(Refusal::NotFound, "there is no secret " + showId("sec", id));
    remove(tx, channel.tenant, *found);
    note(tx, channel, *found, "revoked");
}

ChannelSecret ChannelSecrets::leaveConfigured(store::Tx& tx, const std::string& actor,
                                              const Channel& channel, Id id,
                                              const std::string& name) const
{
    ruleOf(channel, name);
    tx.query(lockChannel, {channel.tenant, channel.id}, [](const store::Row&) {});
    const std::string mark = markOf(channel, name);
    for (const ChannelSecret& each : of(tx, channel)) {
        if (each.name != name || !each.configured)
            continue;
        if (valueOf(tx, channel, each) == mark)
            throw Error(Refusal::NotFound,
                        "no value of the configuration is in use for the secret " + name);
        remove(tx, channel.tenant, each);
    }
    if (mark.empty())
        throw Error(Refusal::NotFound, "the configuration has no value of the secret " + name);
    const ChannelSecret secret{id, channel.id, name, true, actor, _clock.now()};
    tx.write(insertOne, {channel.tenant, id, channel.id, name, true, secret.setBy, secret.setAt});
    _sealed.keep(tx, channel.tenant, fieldOf(secret), mark);
    note(tx, channel, secret, "configured value revoked");
    return secret;
}

/// What cannot be opened is still revoked.
std::size_t ChannelSecrets::configured(store::Session& session, const Channel& channel,
                                       const std::vector<ChannelSecret>& set,
                                       const std::string& name) const
{
    for (const ChannelSecret& each : set)
        if (each.configured && each.name == name &&
            valueOf(session, channel, each).value_or(markOf(channel, name)) ==
                markOf(channel, name))
            return 0;
    const auto found = channel.config->secrets.find(name);
    return found == channel.config->secrets.end() ? 0 : found->second.size();
}

Secrets ChannelSecrets::inUse(store::Session& session, const Channel& channel,
                              const std::vector<ChannelSecret>& set) const
{
    Secrets secrets;
    for (const ChannelSecret& each : set)
        if (!each.configured)
            if (auto value = valueOf(session, channel, each))
                secrets[each.name].push_back(*std::move(value));
    for (const auto& [name, values] : channel.config->secrets)
        if (configured(session, channel, set, name) > 0)
            for (const Secret& value : values)
                secrets[name].push_back(value.reveal());
    for (const SecretRule& rule : channel.manifest->secrets)
        if (const auto found = secrets.find(rule.name);
            !rule.list && found != secrets.end() && found->second.size() > 1)
            found->second.resize(1);
    return secrets;
}

void ChannelSecrets::remove(store::Tx& tx, Id tenant, const ChannelSecret& secret) const
{
    tx.write(deleteOne, {tenant, secret.id});
    _sealed.forget(tx, tenant, fieldOf(secret));
}

std::optional<std::string> ChannelSecrets::valueOf(store::Session& session, const Channel& channel,
                                                   const ChannelSecret& secret) const
{
    try {
        return _sealed.find(session, channel.tenant, fieldOf(secret));
    } catch (const Error& error) {
        Log::warning(
            "a secret of a channel cannot be used",
            {{"channel", channel.name()}, {"secret", secret.name}, {"reason", error.what()}});
        return std::nullopt;
    }
}

} // namespace spokehub::spokes
