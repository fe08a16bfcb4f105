#include "spokes/ProcessBorder.h"

#include "core/Config.h"
#include "core/Json.h"
#include "core/Log.h"
#include "spokes/LibraryBorder.h"

#include <algorithm>

namespace spokehub::spokes
{

namespace
{

using namespace std::chrono_literals;

constexpr auto openMax = 5s;
constexpr auto acceptMax = 1s; // a thousand times what it may take
constexpr auto translateMax = 2s;
constexpr auto grace = 1s; // after a verb's deadline
constexpr auto startMin = 250ms;
constexpr auto startMost = 30s;
constexpr auto parkedWait = 5s;
constexpr auto busyMost = 1s;
constexpr auto littleWhile = 2ms; // in which a busy one usually comes back: no other is started
constexpr std::size_t inHandBytesMax = 1000;

std::string_view view(sph_text text)
{
    return text.size == 0 ? std::string_view{} : std::string_view(text.data, text.size);
}

/// The problem that a spoke told.
struct Problem
{
    std::string reason;

    sph_sink sink() { return {this, &Problem::put}; }
    static std::int32_t put(void* self, std::int32_t kind, sph_text json)
    {
        const auto document =
            kind == SPH_DOC_PROBLEM ? JsonDocument::parse(view(json)) : std::nullopt;
        if (document)
            static_cast<Problem*>(self)->reason = document->root().textOr("reason");
        return 0;
    }
};

/// Ends a call as a spoke would: with a problem, where there is a sink for it.
Ended told(const SpokeProcess::Answers& answers, std::int32_t kind, std::string reason,
           std::optional<std::chrono::milliseconds> retryAfter = {})
{
    if (answers.documents != nullptr) {
        JsonWriter problem;
        problem.beginObject().member("reason", reason);
        if (retryAfter)
            problem.member("retry_after_ms", std::int64_t{retryAfter->count()});
        const std::string json = problem.endObject().take();
        answers.documents->put(answers.documents->self, SPH_DOC_PROBLEM,
                               {json.data(), json.size()});
    }
    return {kind, false, std::move(reason)};
}

std::string listed(std::span<const std::string> ids)
{
    std::string list;
    for (const std::string& id : ids) {
        if (list.size() + id.size() > inHandBytesMax)
            return list + " and more";
        list += (list.empty() ? "" : ", ") + id;
    }
    return list;
}

std::chrono::milliseconds waitAfter(int crashes)
{
    return std::min<std::chrono::milliseconds>(startMin * (1 << std::min(crashes - 1, 10)),
                                               startMost);
}

} // namespace

const char* toText(Verb verb)
{
    constexpr const char* names[] = {"open",      "check",  "pull",     "push",
                                     "subscribe", "accept", "translate"};
    return names[static_cast<std::size_t>(verb)];
}

ProcessBorder::ProcessBorder(Parts parts) : _parts(std::move(parts)) {}

ProcessBorder::~ProcessBorder() = default;

bool ProcessBorder::has(Verb verb) const
{
    const SpokeFacts& facts = _parts.facts;
    switch (verb) {
    case Verb::Open:
        return facts.open;
    case Verb::Check:
        return facts.check;
    case Verb::Pull:
        return facts.pull;
    case Verb::Push:
        return facts.push;
    case Verb::Subscribe:
        return facts.subscribe;
    case Verb::Accept:
        return facts.accept;
    case Verb::Translate:
        return facts.translate;
    }
    return false;
}

Ended ProcessBorder::open(const sph_host* host, std::string_view settings, const sph_sink& out)
{
    _host = host;
    _settings = settings;
    try {
        std::int32_t answered = SPH_DONE;
        _lane = started(out, answered);
        return {answered};
    } catch (const ProcessDied& died) {
        count(_laneHealth, Verb::Open, {}, died.what());
        auto ended = told({.documents = &out}, SPH_RETRY, died.what());
        ended.crashed = true;
        return ended;
    }
}

ProcessBorder::Process ProcessBorder::started(const sph_sink& out, std::int32_t& answered) const
{
    auto process = std::make_unique<SpokeProcess>(
        *_parts.launcher, _parts.file, [host = _host](std::string_view line) {
            host->log(host->self, SPH_LOG_WARNING, {line.data(), line.size()});
        });
    if (const auto& why = process->facts().loadError; !why.empty())
        throw ProcessDied("the system does not load it: " + why);
    answered = process->call(FrameKind::Open, Packer().number(0).text(_settings),
                             {.host = _host, .documents = &out}, {openMax, {}});
    return answered == SPH_DONE ? std::move(process) : nullptr;
}

/// What opened once must open again.
ProcessBorder::Process ProcessBorder::restarted() const
{
    Problem problem;
    std::int32_t answered = SPH_DONE;
    auto process = started(problem.sink(), answered);
    if (!process)
        throw ProcessDied("it does not open any more: " + problem.reason);
    return process;
}

Ended ProcessBorder::run(Verb verb, const Call& call, std::string_view stream,
                         std::string_view request, const sph_sink& out)
{
    auto packed = Packer().number(call.deadline.micros);
    packed.number(static_cast<std::int64_t>(verb)).text(stream).text(request);
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(call.deadline - _parts.clock.now());
    return ask(_lane, _laneHealth,
               {verb,
                FrameKind::Verb,
                packed,
                {.host = _host, .documents = &out},
                {left + grace, call.stopped},
                verb == Verb::Pull ? std::string(stream) : listed(call.ids)});
}

Ended ProcessBorder::accept(const sph_request& request, const sph_accept_sink& out) const
{
    auto packed = Packer().number(0); // no deadline
    packed.text(view(request.method)).text(view(request.topic)).text(view(request.query));
    packed.number(static_cast<std::int64_t>(request.header_count));
    for (std::uint64_t i = 0; i < request.header_count; ++i)
        packed.text(view(request.headers[i].name)).text(view(request.headers[i].value));
    packed.text(view(request.body)).number(request.received_at);
    return pure(_acceptHealth, {Verb::Accept,
                                FrameKind::Accept,
                                packed,
                                {.host = _host, .accepted = &out},
                                {acceptMax, {}},
                                "a webhook of " + std::to_string(request.body.size) + " bytes"});
}

Ended ProcessBorder::translate(const sph_message& message, const sph_sink& out) const
{
    auto packed = Packer().number(0); // no deadline
    packed.text(view(message.message_id)).text(view(message.topic)).text(view(message.body));
    packed.number(message.received_at);
    return pure(_translateHealth, {Verb::Translate,
                                   FrameKind::Translate,
                                   packed,
                                   {.host = _host, .documents = &out},
                                   {translateMax, {}},
                                   std::string(view(message.message_id))});
}

Ended ProcessBorder::pure(Health& health, const Asked& asked) const
{
    auto process = lease();
    if (!process)
        return told(asked.answers, SPH_RATE_LIMITED, "its processes are all busy", busyMost);
    try {
        const Ended ended = ask(*process, health, asked);
        giveBack(std::move(*process));
        return ended;
    } catch (...) {
        giveBack(nullptr);
        throw;
    }
}

Ended ProcessBorder::ask(Process& process, Health& health, const Asked& asked) const
{
    if (auto ended = unavailable(health, asked))
        return *ended;
    if (process && !process->alive()) {
        Log::warning("a spoke's process ended while it had nothing to do",
                     {{"channel", _parts.channel}, {"spoke", _parts.file.native()}});
        process.reset();
    }
    try {
        if (!process) {
            process = restarted();
            const std::lock_guard lock(_mutex);
            health.crashes[static_cast<std::size_t>(Verb::Open)] = 0;
        }
    } catch (const std::exception& error) { // it died, or could not be started
        count(health, Verb::Open, {}, error.what());
        return unavailable(health, asked).value_or(Ended{SPH_RETRY});
    }
    try {
        const std::int32_t kind =
            process->call(asked.frame, asked.arguments, asked.answers, asked.bounds);
        const std::lock_guard lock(_mutex);
        health.crashes[static_cast<std::size_t>(asked.verb)] = 0;
        return {kind};
    } catch (const ProcessDied& died) {
        process.reset();
        count(health, asked.verb, asked.inHand, died.what());
        auto ended = told(asked.answers, asked.verb == Verb::Push ? SPH_UNKNOWN_OUTCOME : SPH_RETRY,
                          std::string("the spoke did not survive ") + toText(asked.verb) + ": " +
                              died.what());
        ended.crashed = true;
        return ended;
    } catch (...) {
        process.reset(); // it is in the middle of an answer
        throw;
    }
}

std::optional<Ended> ProcessBorder::unavailable(const Health& health, const Asked& asked) const
{
    std::string reason;
    std::chrono::milliseconds wait = parkedWait;
    {
        const std::lock_guard lock(_mutex);
        const auto now = _parts.clock.now();
        if (health.parked.empty() && now >= health.notBefore)
            return std::nullopt;
        reason = health.parked;
        if (reason.empty()) {
            wait = std::chrono::ceil<std::chrono::milliseconds>(health.notBefore - now);
            reason = "its process crashed and is started again in " + std::to_string(wait.count()) +
                     " ms";
        }
    }
    return told(asked.answers, SPH_RATE_LIMITED, std::move(reason), wait);
}

void ProcessBorder::count(Health& health, Verb verb, const std::string& inHand,
                          const std::string& how) const
{
    int crashes = 0;
    std::string parked;
    {
        const std::lock_guard lock(_mutex);
        crashes = ++health.crashes[static_cast<std::size_t>(verb)];
        health.notBefore = _parts.clock.now() + waitAfter(crashes);
        if (crashes >= crashesMax)
            health.parked = "the spoke is parked after " + std::to_string(crashes) +
                            " crashes in a row, the last in " + toText(verb) + ": " + how;
        parked = health.parked;
    }
    Log::error(parked.empty()
                   ? "a spoke's process crashed; it is started again"
                   : "a spoke's process crashed; it is parked until the channel is resumed",
               {{"channel", _parts.channel},
                {"spoke", _parts.file.native()},
                {"verb", toText(verb)},
                {"in_hand", inHand},
                {"reason", how},
                {"crashes", std::int64_t{crashes}}});
}

std::optional<ProcessBorder::Process> ProcessBorder::lease() const
{
    std::unique_lock lock(_mutex);
    const auto idle = [this] { return !_idle.empty(); };
    if (!idle() && _started > 0)
        _returned.wait_for(lock, littleWhile, idle);
    if (!idle() && _started < pureMax) {
        ++_started;
        return Process{};
    }
    if (!_returned.wait_for(lock, busyMost, idle))
        return std::nullopt;
    Process process = std::move(_idle.back());
    _idle.pop_back();
    return process;
}

void ProcessBorder::giveBack(Process process) const
{
    {
        const std::lock_guard lock(_mutex);
        if (process)
            _idle.push_back(std::move(process));
        else
            --_started;
    }
    _returned.notify_one();
}

std::string ProcessBorder::parked() const
{
    const std::lock_guard lock(_mutex);
    for (const Health* health : {&_laneHealth, &_acceptHealth, &_translateHealth})
        if (!health->parked.empty())
            return health->parked;
    return {};
}

void ProcessBorder::unpark()
{
    const std::lock_guard lock(_mutex);
    _laneHealth = {};
    _acceptHealth = {};
    _translateHealth = {};
}

std::unique_ptr<Border> borderOf(const SpokeLibraries& libraries, const SpokeLibrary& library,
                                 const std::string& channel, std::optional<Isolation> wish,
                                 const Clock& clock)
{
    if (libraries.rules().of(library.file(), wish) == Isolation::Process)
        return std::make_unique<ProcessBorder>(
            ProcessBorder::Parts{channel, std::filesystem::absolute(library.file()),
                                 library.facts(), libraries.launcher(), clock});
    return std::make_unique<LibraryBorder>(library.loaded() ? library.table()
                                                            : SpokeLibrary(library.file()).table());
}

} // namespace spokehub::spokes
