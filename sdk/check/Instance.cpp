#include "Instance.h"

#include "spokes/Spoke.h"

#include <array>
#include <chrono>
#include <shared_mutex>

namespace spokehub::check
{

namespace
{

using namespace std::chrono_literals;

constexpr auto verbTime = 60s;

std::string_view view(sph_text text)
{
    return text.size == 0 ? std::string_view{} : std::string_view(text.data, text.size);
}

sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

template <class... Kinds>
constexpr std::uint32_t kinds(Kinds... each)
{
    return ((1u << each) | ...);
}

constexpr auto ofOpen = kinds(SPH_DOC_PROBLEM);
constexpr auto ofCheck = kinds(SPH_DOC_PROBLEM, SPH_DOC_FINDING, SPH_DOC_RATE);
constexpr auto ofTranslate = kinds(SPH_DOC_PROBLEM, SPH_DOC_FACT, SPH_DOC_LISTING, SPH_DOC_LEVEL,
                                   SPH_DOC_NOTICE, SPH_DOC_FETCH, SPH_DOC_PARCEL, SPH_DOC_PRIVACY);
constexpr auto ofPull = kinds(SPH_DOC_PROBLEM, SPH_DOC_FACT, SPH_DOC_LISTING, SPH_DOC_LEVEL,
                              SPH_DOC_CHECKPOINT, SPH_DOC_RATE, SPH_DOC_KEY, SPH_DOC_PARCEL);
constexpr auto ofPush = kinds(SPH_DOC_PROBLEM, SPH_DOC_RESULT, SPH_DOC_RATE);
constexpr auto ofSubscribe = kinds(SPH_DOC_PROBLEM, SPH_DOC_SUBSCRIPTION, SPH_DOC_RATE);

/// The host's end of a sink: takes everything and notes what does not belong.
struct Receiver
{
    Said& said;
    std::uint32_t allowed;
    int left; // documents that are wanted; negative: all

    static std::int32_t put(void* self, std::int32_t kind, sph_text json) noexcept
    {
        return static_cast<Receiver*>(self)->take(kind, view(json));
    }

    std::int32_t take(std::int32_t kind, std::string_view json)
    {
        said.texts.emplace_back(json);
        auto value = Value::parse(json, nullptr, false);
        if (kind < 0 || kind > 31 || (allowed & 1u << kind) == 0)
            said.mistakes.push_back("a document of kind " + std::to_string(kind) +
                                    " does not belong to this verb");
        else if (!value.is_object())
            said.mistakes.push_back("a document is no JSON object: " +
                                    std::string(json.substr(0, 200)));
        else if (kind == SPH_DOC_PROBLEM)
            takeProblem(value);
        else
            return takeDocument(kind, std::move(value));
        return 0;
    }

    void takeProblem(const Value& problem)
    {
        if (const auto reason = problem.find("reason");
            reason != problem.end() && reason->is_string())
            said.reason = reason->get<std::string>();
        else
            said.mistakes.emplace_back("a problem has no 'reason'");
        const auto after = problem.find("retry_after_ms");
        if (after != problem.end() && after->is_number_integer())
            said.retryAfterMs = after->get<std::int64_t>();
    }

    std::int32_t takeDocument(std::int32_t kind, Value value)
    {
        if (left == 0)
            return 1;
        said.documents.emplace_back(kind, std::move(value));
        left -= left > 0 ? 1 : 0;
        return 0;
    }
};

struct AcceptReceiver
{
    Accepted accepted;

    static void put(void* self, const sph_accepted* raw) noexcept
    {
        auto& to = static_cast<AcceptReceiver*>(self)->accepted;
        ++to.answers;
        to.verdict = raw->verdict;
        to.messageId = view(raw->message_id);
        to.topic = view(raw->topic);
        to.reason = view(raw->reason);
    }
};

} // namespace

std::vector<Value> Said::of(std::int32_t kindWanted) const
{
    std::vector<Value> found;
    for (const auto& [one, document] : documents)
        if (one == kindWanted)
            found.push_back(document);
    return found;
}

std::string Said::outcome() const
{
    std::string said(number >= 0 && number <= SPH_CANCELLED
                         ? toText(kind)
                         : "the unknown class " + std::to_string(number));
    if (!mistakes.empty())
        return said + ", and broke the border: " + mistakes.front();
    return reason.empty() ? said : said + " (" + reason + ")";
}

std::string Accepted::verdictText() const
{
    if (number != SPH_DONE)
        return "class " + std::string(toText(classFromNumber(number)));
    if (answers == 0)
        return "not answered";
    constexpr std::array<std::string_view, 5> names = {"genuine", "forged", "reply", "need_key",
                                                       "mismatch"};
    if (verdict < 0 || verdict >= static_cast<std::int32_t>(names.size()))
        return "the unknown verdict " + std::to_string(verdict);
    return std::string(names[static_cast<std::size_t>(verdict)]);
}

// ------------------------------------------------------------------ WatchedHost

namespace
{

/// The hub's extensions are called with the `self` of the hub's own table, so the watched table has
/// the same, and this tells whose it is.
struct Register
{
    std::shared_mutex mutex;
    std::map<void*, WatchedHost*> hosts;
};

Register& watched()
{
    static Register all;
    return all;
}

} // namespace

WatchedHost& WatchedHost::of(void* self)
{
    const std::shared_lock lock(watched().mutex);
    return *watched().hosts.at(self);
}

WatchedHost::~WatchedHost()
{
    const std::unique_lock lock(watched().mutex);
    watched().hosts.erase(_table.self);
}

WatchedHost::WatchedHost(spokes::SpokeHostParts parts, HostAge age) : _real(std::move(parts))
{
    fillTable();
    if (age == HostAge::Next) {
        _table.size = sizeof _tables;
        _table.abi_minor = SPH_ABI_MINOR + 1;
    }
}

void WatchedHost::note(const char* service)
{
    const std::lock_guard lock(_mutex);
    ++_uses[service];
}

void WatchedHost::fillTable()
{
    _table.size = sizeof _table;
    _table.abi_minor = SPH_ABI_MINOR;
    _table.self = _real.table()->self;
    {
        const std::unique_lock lock(watched().mutex);
        watched().hosts[_table.self] = this;
    }
    _table.http = [](void* self, const sph_http_request* request, const sph_http_sink* answer) {
        return of(self).http(request, answer);
    };
    _table.log = [](void* self, std::int32_t, sph_text message) {
        of(self).note("log");
        const std::lock_guard lock(of(self)._mutex);
        of(self)._lines.emplace_back(view(message));
    };
    _table.now = [](void* self) {
        const auto* real = of(self)._real.table();
        return real->now(real->self);
    };
    _table.random = [](void* self, void* bytes, std::uint64_t size) {
        const auto* real = of(self)._real.table();
        real->random(real->self, bytes, size);
    };
    _table.secret_count = [](void* self, sph_text name) {
        const auto* real = of(self)._real.table();
        return real->secret_count(real->self, name);
    };
    _table.hmac_sha256 = [](void* self, sph_text name, std::uint32_t index, sph_text data,
                            void* mac) {
        const auto* real = of(self)._real.table();
        return real->hmac_sha256(real->self, name, index, data, mac);
    };
    _table.equal = [](void* self, sph_text a, sph_text b) {
        const auto* real = of(self)._real.table();
        return real->equal(real->self, a, b);
    };
    _table.kv_get = [](void* self, sph_text key, const sph_sink* value) {
        of(self).note("kv_get");
        const auto* real = of(self)._real.table();
        return real->kv_get(real->self, key, value);
    };
    _table.kv_put = [](void* self, sph_text key, sph_text value) {
        of(self).note("kv_put");
        {
            const std::lock_guard lock(of(self)._mutex);
            of(self)._kept[std::string(view(key))] = view(value);
        }
        const auto* real = of(self)._real.table();
        return real->kv_put(real->self, key, value);
    };
    _table.cancelled = [](void* self) -> std::int32_t {
        of(self).note("cancelled");
        return of(self)._stopped ? 1 : 0;
    };
    _table.deadline = [](void* self) {
        of(self).note("deadline");
        const auto* real = of(self)._real.table();
        return real->deadline(real->self);
    };
    _table.extension = [](void* self, sph_text id) {
        const auto* real = of(self)._real.table();
        return real->extension(real->self, id);
    };
}

std::int32_t WatchedHost::http(const sph_http_request* request, const sph_http_sink* answer)
{
    note("http");
    const bool now = _stopAt > 0 && ++_calls >= _stopAt;
    if (now && (!_stopAfterAnswer || _stopped)) {
        _stopped = true;
        return SPH_CANCELLED;
    }
    const auto* table = _real.table();
    const auto ended = table->http(table->self, request, answer);
    _stopped = _stopped || now;
    return ended;
}

void WatchedHost::stopAt(int call, bool afterAnswer)
{
    _calls = 0;
    _stopAt = call;
    _stopAfterAnswer = afterAnswer;
    _stopped = false;
}

std::vector<std::string> WatchedHost::lines() const
{
    const std::lock_guard lock(_mutex);
    return _lines;
}

std::map<std::string, int> WatchedHost::uses() const
{
    const std::lock_guard lock(_mutex);
    return _uses;
}

std::vector<std::string> WatchedHost::laneUses() const
{
    const auto used = uses();
    std::vector<std::string> names;
    for (const char* service : {"http", "kv_get", "kv_put", "cancelled", "deadline"})
        if (used.contains(service))
            names.emplace_back(service);
    return names;
}

void WatchedHost::forgetUses()
{
    const std::lock_guard lock(_mutex);
    _uses.clear();
}

std::map<std::string, std::string> WatchedHost::kept() const
{
    const std::lock_guard lock(_mutex);
    return _kept;
}

// ------------------------------------------------------------------ Instance

Instance::Instance(Parts parts)
    : _table(parts.table), _channel(std::move(parts.rules), parts.standin),
      _keys("certified", _clock), _host({"certified", _clock, _channel, _values,
                                         std::move(parts.secrets), &_keys, std::move(parts.oauth)},
                                        parts.age)
{
    _opened = run(ofOpen, -1, [&](const sph_sink* sink) {
        return _table.open(_host.table(), text(parts.settings), &_instance, sink);
    });
}

Instance::~Instance()
{
    if (_instance != nullptr)
        _table.close(_instance);
}

template <class Verb>
Said Instance::run(std::uint32_t allowed, int documentsMax, Verb&& verb) const
{
    Said said;
    Receiver receiver{said, allowed, documentsMax};
    const sph_sink sink{&receiver, &Receiver::put};
    said.number = verb(&sink);
    said.kind = classFromNumber(said.number);
    if (said.number < 0 || said.number > SPH_CANCELLED)
        said.mistakes.push_back("the class " + std::to_string(said.number) + " does not exist");
    return said;
}

template <class Verb>
Said Instance::inLane(std::uint32_t allowed, int documentsMax, Verb&& verb)
{
    _host.real().begin({_clock.now() + verbTime, {}});
    auto said = run(allowed, documentsMax, verb);
    _host.real().end();
    _channel.rethrow();
    return said;
}

Accepted Instance::accept(const Vector& vector) const
{
    std::vector<sph_header> headers;
    for (const auto& [name, value] : vector.headers)
        headers.push_back({text(name), text(value)});
    const sph_request raw{sizeof raw,         text(vector.method), text(vector.topic),
                          text(vector.query), headers.data(),      headers.size(),
                          text(vector.body),  vector.receivedAt};
    AcceptReceiver receiver;
    const sph_accept_sink sink{&receiver, &AcceptReceiver::put};
    receiver.accepted.number = _table.accept(_instance, &raw, &sink);
    return receiver.accepted;
}

Said Instance::translate(const std::string& topic, std::string_view body) const
{
    const sph_message raw{sizeof raw, text("delivery-1"), text(topic), text(body),
                          _clock.now().micros};
    return run(ofTranslate, -1,
               [&](const sph_sink* sink) { return _table.translate(_instance, &raw, sink); });
}

Said Instance::check()
{
    return inLane(ofCheck, -1, [&](const sph_sink* sink) { return _table.check(_instance, sink); });
}

Said Instance::pull(const std::string& stream, const Value& request, int documentsMax)
{
    const std::string asked = request.dump();
    return inLane(ofPull, documentsMax, [&](const sph_sink* sink) {
        return _table.pull(_instance, text(stream), text(asked), sink);
    });
}

Said Instance::push(const Value& batch, int documentsMax)
{
    const std::string asked = batch.dump();
    return inLane(ofPush, documentsMax,
                  [&](const sph_sink* sink) { return _table.push(_instance, text(asked), sink); });
}

Said Instance::subscribe(const Value& request)
{
    const std::string asked = request.dump();
    return inLane(ofSubscribe, -1, [&](const sph_sink* sink) {
        return _table.subscribe(_instance, text(asked), sink);
    });
}

} // namespace spokehub::check
