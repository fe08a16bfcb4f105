#include "HubParts.h"
#include "api/Once.h"
#include "core/Log.h"
#include "store/Statistics.h"

namespace spokehub
{

namespace
{

using namespace std::chrono_literals;

constexpr auto idleMax = 500ms;   // the safety net behind the signals
constexpr auto spoolIdle = 200ms; // between two looks whether the database is back

} // namespace

/// An isolated spoke that hangs holds up the translation of its own channel alone.
void Hub::Parts::startIntake()
{
    sync::MessagesOf others;
    for (const auto& channel : channels.all()) {
        if (!channel->isolated)
            continue;
        others.except.push_back(channel->id);
        sync::Signal& signal = *intakeSignals.emplace_back(std::make_unique<sync::Signal>());
        inbox.listen(channel->id, signal);
        scheduler->add(
            "intake " + channel->name(),
            [this, own = sync::MessagesOf{.only = {channel->id}}] {
                const store::Serving serving(store::Serving::everybody);
                return intake.runOnce(own);
            },
            signal, idleMax);
    }
    scheduler->add(
        "intake",
        [this, others] {
            const store::Serving serving(store::Serving::everybody);
            return intake.runOnce(others);
        },
        intakeSignal, idleMax);
}

void Hub::Parts::startWorkers()
{
    scheduler = std::make_unique<ops::Scheduler>();
    startIntake();
    for (const auto& each : lanes)
        if (each->channel().spoke)
            scheduler->add(
                "lane " + each->channel().name(),
                [&lane = *each] {
                    const store::Serving serving(lane.channel().tenant);
                    return lane.runOnce();
                },
                each->signal(), idleMax);
    scheduler->add(
        "drain", [this] { return arrivals.drain(); }, spoolSignal, spoolIdle);
    scheduler->every("patience", spoolIdle, [this] { arrivals.hurry(); });
    scheduler->every("expiry", 1s, [this] {
        const store::Serving serving(store::Serving::everybody);
        while (stockCommands.expire(database) > 0) {
        }
    });
    scheduler->every("statistics", 2s, [this] { store::Statistics(database).renew(); });
    scheduler->every("presence", 2s, [this] { presence.keep(); });
    scheduler->every("nodes", 20s, [this] { nodes.renew(commands); });
    if (tenants.several())
        scheduler->every("tenants", 1s, [this] { followTenants(); });
    scheduler->every("secrets", 1s, [this] { followSecrets(); });
    scheduler->every("audit", 1s, [this] {
        const store::Serving serving(store::Serving::everybody);
        while (audit.seal(commands, database) > 0) {
        }
    });
    scheduler->every("accounts", 1min, [this] {
        const store::Serving serving(store::Serving::everybody);
        tokens.rotate();
        commands.run([this](store::Tx& tx) { sessions.forget(tx); });
    });
    scheduler->every("privacy", 1s, [this] { personalData.runOnce(); });
    scheduler->every("answers", 10min, [this] {
        const store::Serving serving(store::Serving::everybody);
        while (commands.run([this](store::Tx& tx) {
            return api::Once::forget(tx, clock.now() - api::Once::kept);
        }) > 0)
        {
        }
    });
    if (!config.auth.providers.empty() || tenants.several())
        scheduler->every("providers", 1min, [this] { providers.refresh(); });
    scheduler->every("inbox", 1min, [this] {
        const store::Serving serving(store::Serving::everybody);
        inbox.forget(commands, clock.now() - config.inbox.keep);
    });
    if (!config.server.publicUrl.empty())
        scheduler->every("subscriptions", 1h, [this] {
            for (const auto& each : lanes)
                subscribe(*each);
        });
}

/// Channels drop subscriptions that failed too often: they are looked after.
void Hub::Parts::subscribe(sync::Lane& lane)
{
    spokes::Channel& channel = lane.channel();
    if (!channel.isOpen() || !channel.manifest->has("subscribe"))
        return;
    JsonWriter request;
    request.beginObject().member("action", "repair");
    request.member("address", config.server.publicUrl + channel.path()).endObject();
    lane.ask([request = request.take()](spokes::Channel& asked, const spokes::Call& call) {
        const auto answer = asked.spoke->subscribe(call, request);
        if (answer.verdict.kind != Class::Done)
            Log::warning("webhook subscriptions could not be checked",
                         {{"channel", asked.name()}, {"reason", answer.verdict.reason}});
    });
}

} // namespace spokehub
