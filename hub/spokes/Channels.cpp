#include "spokes/Channels.h"

#include "core/Digest.h"
#include "core/Log.h"
#include "spokes/ChannelRules.h"
#include "spokes/HttpClient.h"
#include "spokes/LoadedSpoke.h"
#include "spokes/ProcessBorder.h"
#include "spokes/WatchedSpoke.h"

#include <algorithm>
#include <iterator>

namespace spokehub::spokes
{

namespace
{

constexpr store::Sql insertLocation = {R"(
    INSERT INTO location (tenant_id, id, name, title) VALUES ($1, $2, $3, $4)
    ON CONFLICT (tenant_id, name) DO UPDATE SET title = excluded.title)"};

constexpr store::Sql selectLocations = {"SELECT name, id FROM location WHERE tenant_id = $1"};

constexpr store::Sql insertChannel = {R"(
    INSERT INTO channel (tenant_id, id, name, spoke, orders_since, created_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, name) DO UPDATE SET spoke = excluded.spoke)"};

constexpr store::Sql selectChannel = {
    "SELECT id, orders_since, rules_hash FROM channel WHERE tenant_id = $1 AND name = $2"};

constexpr store::Sql selectState = {R"(
    SELECT paused, paused_reason, approved, last_error, last_error_at FROM channel WHERE tenant_id = $1 AND id = $2)"};

constexpr store::Sql pauseChannel = {"UPDATE channel SET paused = 1, paused_reason = $3, approved "
                                     "= 0 WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql resumeChannel = {R"(
    UPDATE channel SET paused = 0, paused_reason = '', approved = CASE WHEN paused_reason LIKE $3 THEN 1 ELSE 0 END
    WHERE tenant_id = $1 AND id = $2)"};
constexpr store::Sql useApproval = {
    "UPDATE channel SET approved = 0 WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql setError = {
    "UPDATE channel SET last_error = $3, last_error_at = $4 WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql setRulesHash = {
    "UPDATE channel SET rules_hash = $3 WHERE tenant_id = $1 AND id = $2"};

constexpr store::Sql selectValues = {
    "SELECT key, value FROM channel_value WHERE tenant_id = $1 AND channel_id = $2"};
constexpr store::Sql saveValue = {R"(
    INSERT INTO channel_value (tenant_id, channel_id, key, value) {rows}
    ON CONFLICT (tenant_id, channel_id, key) DO UPDATE SET value = excluded.value)"};

/// Whatever changes it changes quantities; equal rules have equal text.
std::string textOf(const stock::ChannelStockRules& rules)
{
    JsonWriter text;
    const auto rule = [&text](std::string_view of, const StockRule& keys) {
        text.beginArray().value(of).value(keys.buffer).value(keys.percent);
        text.value(keys.cap).value(keys.zeroBelow).endArray();
    };
    text.beginArray();
    rule("", rules.channel);
    for (const auto& [category, keys] : rules.categories)
        rule("category:" + category, keys);
    for (const auto& [sku, keys] : rules.skus)
        rule("sku:" + sku, keys);
    for (const Id location : rules.locations)
        text.value(location);
    return text.endArray().take();
}

/// Channels tell times in whole seconds: an order of this very second is none of the past.
Time wholeSecond(Time time)
{
    return {time.micros - time.micros % 1'000'000};
}

std::string hashOf(const std::string& text)
{
    return sha256Hex(text).substr(0, 32);
}

std::string sentenceOf(const std::vector<Mistake>& mistakes, const Config& config,
                       const ChannelConfig& channel)
{
    std::string sentence;
    for (const Mistake& mistake : mistakes) {
        const auto name = mistake.path.substr(mistake.path.find('.') + 1);
        const auto& lines =
            mistake.path.starts_with("secrets") ? channel.secretLines : channel.settingLines;
        const auto line = lines.find(name);
        sentence += sentence.empty() ? "" : "; ";
        sentence += config.file + ":" +
                    std::to_string(line == lines.end() ? channel.line : line->second) + ": " +
                    mistake.path + ": " + mistake.message +
                    (mistake.remedy.empty() ? "" : " (" + mistake.remedy + ")");
    }
    return sentence;
}

std::vector<Id> idsOf(const std::vector<ChannelSecret>& set)
{
    std::vector<Id> ids;
    for (const ChannelSecret& each : set)
        ids.push_back(each.id);
    return ids;
}

std::vector<Mistake> missingOf(const Manifest& manifest, const Secrets& secrets)
{
    std::vector<GivenSecret> given;
    for (const auto& [name, values] : secrets)
        given.push_back({name, values.size()});
    return missingSecrets(manifest, given);
}

} // namespace

Channels::Channels(const Config& config, const Clock& clock, const access::SealedSecrets* secrets)
    : _config(config), _inHand(config.inHandFile), _clock(clock), _secrets(secrets)
{
}

void Channels::open(const SpokeLibraries& libraries, store::Commands& commands,
                    store::Database& database, IdGenerator& ids, const TenantIds& tenants)
{
    for (const auto& [name, tenant] : tenants) {
        const store::Serving serving(tenant);
        registerLocations(commands, ids, tenant);
    }
    meet(database, tenants);
    for (const ChannelConfig& wanted : _config.channels)
        if (const auto tenant = tenants.find(wanted.tenant); tenant != tenants.end()) {
            const store::Serving serving(tenant->second);
            registerChannel(commands, ids, wanted, tenant->second);
        }
    for (const auto& channel : _channels) {
        const store::Serving serving(channel->tenant);
        openSpoke(*channel, libraries, commands, database);
        if (!channel->isOpen())
            Log::error("a channel is not open",
                       {{"channel", channel->name()}, {"reason", channel->whyClosed()}});
    }
}

Channels::~Channels() = default;

void Channels::meet(store::Database& database, const TenantIds& tenants)
{
    for (const auto& [name, tenant] : tenants) {
        if (_orderRules.knows(tenant))
            continue;
        const store::Serving serving(tenant);
        orders::OrderRules rules;
        database.point([&](store::Session& session) {
            LocationIds known;
            session.query(selectLocations, {tenant},
                          [&](const store::Row& row) { known[row.string(0)] = row.integer(1); });
            rules.locations.clear();
            for (const auto& [location, id] : known)
                rules.locations.push_back(id);
        });
        if (!rules.locations.empty()) // its first ones are made after it
            _orderRules.otherwise(tenant, std::move(rules));
    }
}

std::string Channel::whyClosed() const
{
    if (!problem.empty() || !lacksSecrets)
        return problem;
    std::string names;
    for (const SecretRule& rule : manifest->secrets)
        if (rule.required)
            names += (names.empty() ? "" : ", ") + rule.name;
    return "it has not all secrets that its spoke needs (" + names +
           "): set them by POST /api/v1/channels/" + name() + "/secrets";
}

std::string Channel::path() const
{
    return (config->tenant == mainTenantName ? "" : "/t/" + config->tenant) + "/webhooks/" + name();
}

void Channels::makeLocations(store::Tx& tx, Id tenant, IdGenerator& ids) const
{
    for (const LocationConfig& location : _config.locations)
        tx.write(insertLocation, {tenant, ids.next(), location.name, location.title});
}

void Channels::registerLocations(store::Commands& commands, IdGenerator& ids, Id tenant)
{
    _locations[tenant] = commands.run([&](store::Tx& tx) {
        makeLocations(tx, tenant, ids);
        LocationIds known;
        tx.query(selectLocations, {tenant},
                 [&](const store::Row& row) { known[row.string(0)] = row.integer(1); });
        return known;
    });
}

void Channels::registerChannel(store::Commands& commands, IdGenerator& ids,
                               const ChannelConfig& wanted, Id tenant)
{
    struct Row
    {
        Id id = 0;
        Time ordersSince;
        std::string rulesHash;
    };
    const Row row = commands.run([&](store::Tx& tx) {
        tx.write(insertChannel,
                 {tenant, ids.next(), wanted.name, wanted.spoke,
                  wanted.ordersSince.value_or(wholeSecond(_clock.now())), _clock.now()});
        Row found;
        tx.query(selectChannel, {tenant, wanted.name}, [&](const store::Row& each) {
            found = {each.integer(0), each.time(1), each.string(2)};
        });
        return found;
    });
    auto channel = std::make_unique<Channel>();
    channel->tenant = tenant;
    channel->id = row.id;
    channel->config = &wanted;
    makeRules(*channel, wanted.ordersSince.value_or(row.ordersSince));
    channel->rulesHash = hashOf(textOf(channel->stockRules));
    channel->rulesChanged = channel->rulesHash != row.rulesHash;
    _channels.push_back(std::move(channel));
}

void Channels::makeRules(Channel& channel, Time ordersSince)
{
    auto rules = rulesOf(_config, *channel.config, channel.tenant, channel.id, ordersSince,
                         _locations.at(channel.tenant));
    channel.stockRules = std::move(rules.stock);
    _orderRules.rules[{channel.tenant, channel.id}] = std::move(rules.orders);
}

void Channels::openSpoke(Channel& channel, const SpokeLibraries& libraries,
                         store::Commands& commands, store::Database& database)
{
    const ChannelConfig& config = *channel.config;
    const SpokeLibrary* library = libraries.find(config.spoke);
    if (library == nullptr) {
        channel.problem = "there is no spoke " + config.spoke + " in spokes.directories";
        for (const std::string& refused : libraries.refused())
            channel.problem += "; " + refused;
        return;
    }
    channel.manifest = &library->manifest();

    const auto settings = JsonDocument::parse(config.settings);
    auto mistakes = checkSettings(*channel.manifest, settings->root());
    Secrets secrets;
    for (Mistake& mistake : readSecrets(channel, database, secrets))
        mistakes.push_back(std::move(mistake));
    if (!mistakes.empty()) {
        channel.problem = sentenceOf(mistakes, _config, config);
        return;
    }

    BufferedValues::Values values;
    database.point([&](store::Session& session) {
        values.clear();
        session.query(selectValues, {channel.tenant, channel.id},
                      [&](const store::Row& row) { values[row.string(0)] = row.string(1); });
    });
    channel.values = std::make_unique<BufferedValues>(std::move(values));
    channel.keys = std::make_unique<KeyRing>(config.name, _clock);
    channel.refreshTokens = std::make_unique<KeptRefreshTokens>(
        channel.tenant, channel.id, config.name, _secrets, commands, database);
    channel.http = std::make_unique<HttpClient>(
        _clock,
        HttpRules{channel.manifest->hosts, std::string(settings->root().textOr("base_url")), {}});
    const std::string whole = withDefaults(*channel.manifest, settings->root());
    try {
        channel.isolated =
            libraries.rules().of(library->file(), config.isolation) == Isolation::Process;
        auto spoke = std::make_unique<LoadedSpoke>(
            library->manifest().name,
            borderOf(libraries, *library, config.name, config.isolation, _clock),
            SpokeHostParts{config.name, _clock, *channel.http, *channel.values, std::move(secrets),
                           channel.keys.get(),
                           grantsOf(*channel.manifest, JsonDocument::parse(whole)->root()),
                           channel.refreshTokens.get()},
            whole);
        channel.spoke = std::make_unique<WatchedSpoke>(std::move(spoke), _inHand, config.name);
    } catch (const SpokeError& error) {
        channel.problem = error.what();
    }
}

/// Those that are missing are none where they can be set later.
std::vector<Mistake> Channels::readSecrets(Channel& channel, store::Database& database,
                                           Secrets& secrets) const
{
    std::vector<GivenSecret> given;
    for (const auto& [name, values] : channel.config->secrets) {
        given.push_back({name, values.size()});
        for (const Secret& value : values)
            secrets[name].push_back(value.reveal());
    }
    auto mistakes = unfitSecrets(*channel.manifest, given);
    if (_secrets != nullptr)
        database.point([&](store::Session& session) {
            const auto set = ChannelSecrets::of(session, channel);
            channel.secrets = idsOf(set);
            secrets = ChannelSecrets(*_secrets, _clock).inUse(session, channel, set);
        });
    auto missing = missingOf(*channel.manifest, secrets);
    if (_secrets != nullptr && _secrets->canKeep())
        channel.lacksSecrets = !missing.empty();
    else
        std::ranges::move(missing, std::back_inserter(mistakes));
    return mistakes;
}

std::vector<const Channel*> Channels::followSecrets(store::Database& database)
{
    std::vector<const Channel*> changed;
    if (_secrets == nullptr || !_secrets->canKeep())
        return changed;
    const std::lock_guard lock(_secretsMutex);
    const store::Serving serving(store::Serving::everybody);
    std::map<std::pair<Id, Id>, std::vector<ChannelSecret>> all;
    database.point([&](store::Session& session) { all = ChannelSecrets::all(session); });
    for (const auto& channel : _channels) {
        const auto& set = all[{channel->tenant, channel->id}];
        if (!channel->spoke || idsOf(set) == channel->secrets)
            continue;
        Secrets secrets;
        database.point([&](store::Session& session) {
            secrets = ChannelSecrets(*_secrets, _clock).inUse(session, *channel, set);
        });
        const bool lacking = !missingOf(*channel->manifest, secrets).empty();
        if (lacking)
            channel->lacksSecrets = true; // before they are gone
        channel->spoke->setSecrets(std::move(secrets));
        channel->lacksSecrets = lacking;
        channel->secrets = idsOf(set);
        changed.push_back(channel.get());
        Log::info("the secrets of a channel are other ones", {{"channel", channel->name()}});
    }
    return changed;
}

Channel* Channels::find(Id tenant, std::string_view name)
{
    for (const auto& channel : _channels)
        if (channel->tenant == tenant && channel->name() == name)
            return channel.get();
    return nullptr;
}

Channel* Channels::find(Id tenant, Id id)
{
    for (const auto& channel : _channels)
        if (channel->tenant == tenant && channel->id == id)
            return channel.get();
    return nullptr;
}

Channels::State Channels::state(store::Session& session, const Channel& channel) const
{
    State state;
    session.query(selectState, {channel.tenant, channel.id}, [&](const store::Row& row) {
        state = {row.boolean(0), row.string(1), row.boolean(2), row.string(3), row.maybeTime(4)};
    });
    return state;
}

void Channels::pause(store::Tx& tx, const Channel& channel, const std::string& reason) const
{
    tx.write(pauseChannel, {channel.tenant, channel.id, reason});
    tx.note(store::Difference(channel.name()).told("paused", true).told("reason", reason));
}

void Channels::resume(store::Tx& tx, const Channel& channel) const
{
    tx.write(resumeChannel, {channel.tenant, channel.id, std::string(tripWire) + "%"});
    tx.note(store::Difference(channel.name()).told("paused", false));
}

void Channels::approvalUsed(store::Tx& tx, const Channel& channel) const
{
    tx.write(useApproval, {channel.tenant, channel.id});
}

void Channels::failed(store::Tx& tx, const Channel& channel, const std::string& error) const
{
    tx.write(setError, {channel.tenant, channel.id, error,
                        error.empty() ? std::nullopt : std::optional(_clock.now())});
}

void Channels::rulesPlanned(store::Tx& tx, const Channel& channel) const
{
    tx.write(setRulesHash, {channel.tenant, channel.id, channel.rulesHash});
}

void Channels::saveValues(store::Tx& tx, const Channel& channel,
                          const BufferedValues::Values& changes) const
{
    store::RowSet rows(4);
    for (const auto& [key, value] : changes)
        rows.add({channel.tenant, channel.id, key, store::Bytes{value}});
    if (!rows.empty())
        tx.writeRows(saveValue, rows);
}

} // namespace spokehub::spokes
