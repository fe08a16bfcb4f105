#pragma once

#include "spokehub/Class.h"
#include "spokehub/Messages.h"
#include "spokehub/Text.h"
#include "spokehub/abi.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The comfortable side of abi.h: derive from Spoke, say SPOKEHUB_EXPORT(MySpoke) in one source
// file.
namespace spokehub
{
inline namespace sdk
{

namespace detail
{

inline std::string_view view(sph_text text)
{
    return text.size == 0 ? std::string_view{}
                          : std::string_view(text.data, static_cast<std::size_t>(text.size));
}

inline sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

/// Header names are compared without case (ASCII).
inline bool sameName(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

} // namespace detail

// ------------------------------------------------------------------ settings

/// The channel's settings, checked against the manifest and with its defaults filled in by the hub.
class Settings
{
public:
    explicit Settings(std::string_view json) : _values(detail::parsed(json)) {}

    bool has(const char* name) const { return _values.contains(name) && !_values[name].is_null(); }

    std::string text(const char* name) const { return get<std::string>(name, "text"); }
    std::string text(const char* name, std::string otherwise) const
    {
        return has(name) ? text(name) : std::move(otherwise);
    }
    std::int64_t integer(const char* name) const { return get<std::int64_t>(name, "an integer"); }
    std::int64_t integer(const char* name, std::int64_t otherwise) const
    {
        return has(name) ? integer(name) : otherwise;
    }
    bool boolean(const char* name) const { return get<bool>(name, "true or false"); }
    bool boolean(const char* name, bool otherwise) const
    {
        return has(name) ? boolean(name) : otherwise;
    }
    /// Empty when it is not set.
    std::vector<std::string> texts(const char* name) const
    {
        return has(name) ? get<std::vector<std::string>>(name, "a list of texts")
                         : std::vector<std::string>{};
    }

private:
    template <class T>
    T get(const char* name, const char* what) const
    {
        const auto found = _values.find(name);
        if (found == _values.end())
            throw Failure(Class::Config, std::string("setting '") + name + "' is missing");
        try {
            return found->template get<T>();
        } catch (const nlohmann::json::exception&) {
            throw Failure(Class::Config, std::string("setting '") + name + "' must be " + what);
        }
    }

    detail::Value _values;
};

// ------------------------------------------------------------------ the host

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest
{
    std::string method = "GET";
    std::string url;
    Headers headers; // "${secret:NAME}" in a value is replaced by the host
    std::string body;
    std::uint32_t timeoutMs = 0;    // 0: the host's default
    std::uint64_t bodyBytesMax = 0; // of the answer; 0: the host's default
};

/// `kind` Done: there was an answer, whatever its status. Retry: nothing was sent. UnknownOutcome:
/// it was sent and the answer is lost.
struct HttpResult
{
    Class kind = Class::Bug;
    int status = 0;
    Headers headers;
    std::string body;

    bool ok() const { return kind == Class::Done && status >= 200 && status < 300; }

    /// The first header of that name, in any case.
    std::optional<std::string_view> header(std::string_view name) const
    {
        for (const auto& [key, value] : headers)
            if (detail::sameName(key, name))
                return value;
        return std::nullopt;
    }

    /// Retry-After as a span from `nowMicros`: seconds or an HTTP date.
    std::optional<std::chrono::milliseconds> retryAfter(std::int64_t nowMicros) const
    {
        const auto value = header("Retry-After");
        if (!value)
            return std::nullopt;
        const int seconds =
            value->empty() || value->size() > 8 ? -1 : detail::digitsAt(*value, 0, value->size());
        if (seconds >= 0)
            return std::chrono::seconds(seconds);
        const auto until = microsFromHttpDate(*value);
        if (!until)
            return std::nullopt;
        return std::chrono::milliseconds(*until > nowMicros ? (*until - nowMicros) / 1000 : 0);
    }
};

enum class LogLevel : std::int32_t
{
    Debug = SPH_LOG_DEBUG,
    Info = SPH_LOG_INFO,
    Warning = SPH_LOG_WARNING,
    Error = SPH_LOG_ERROR,
};

/// What the hub offers; a value that is cheap to copy. From accept and translate only log, clock,
/// random, secrets.
class Host
{
public:
    explicit Host(const sph_host* host) : _host(host) {}

    /// The only way out.
    HttpResult http(const HttpRequest& request) const
    {
        std::vector<sph_header> headers;
        headers.reserve(request.headers.size());
        for (const auto& [name, value] : request.headers)
            headers.push_back({detail::text(name), detail::text(value)});
        sph_http_request raw{};
        raw.size = sizeof raw;
        raw.timeout_ms = request.timeoutMs;
        raw.method = detail::text(request.method);
        raw.url = detail::text(request.url);
        raw.headers = headers.data();
        raw.header_count = headers.size();
        raw.body = detail::text(request.body);
        raw.body_max = request.bodyBytesMax;
        HttpResult result;
        const sph_http_sink sink{&result, &Host::keep};
        result.kind = classFromNumber(_host->http(_host->self, &raw, &sink));
        return result;
    }

    void log(LogLevel level, std::string_view message) const
    {
        _host->log(_host->self, static_cast<std::int32_t>(level), detail::text(message));
    }

    /// Microseconds since 1970, UTC.
    std::int64_t now() const { return _host->now(_host->self); }
    std::string nowIso() const { return isoFromMicros(now()); }

    void random(void* bytes, std::size_t size) const { _host->random(_host->self, bytes, size); }

    /// A random UUID (version 4).
    std::string uuid() const
    {
        std::string bytes(16, '\0');
        random(bytes.data(), bytes.size());
        bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
        bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
        std::string text = toHex(bytes);
        for (const std::size_t at : {20u, 16u, 12u, 8u})
            text.insert(at, 1, '-');
        return text;
    }

    /// How many values the secret has; 0: not configured.
    std::uint32_t secretCount(std::string_view name) const
    {
        return _host->secret_count(_host->self, detail::text(name));
    }

    /// The 32 raw bytes under the secret's index-th value; nothing when there is no such value.
    std::optional<std::string> hmacSha256(std::string_view name, std::uint32_t index,
                                          std::string_view data) const
    {
        std::string mac(32, '\0');
        if (_host->hmac_sha256(_host->self, detail::text(name), index, detail::text(data),
                               mac.data()) != SPH_DONE)
            return std::nullopt;
        return mac;
    }

    /// Is `mac` (raw bytes) the HMAC-SHA-256 of `data` under any value of the secret?
    bool signedBy(std::string_view name, std::string_view data, std::string_view mac) const
    {
        bool genuine = false;
        for (std::uint32_t i = 0, count = secretCount(name); i < count && !genuine; ++i) {
            const auto expected = hmacSha256(name, i, data);
            genuine = expected && equal(*expected, mac);
        }
        return genuine;
    }

    /// Compares in constant time.
    bool equal(std::string_view a, std::string_view b) const
    {
        return _host->equal(_host->self, detail::text(a), detail::text(b)) == 1;
    }

    std::optional<std::string> kvGet(std::string_view key) const
    {
        std::string value;
        const sph_sink sink{&value, &Host::keepValue};
        if (_host->kv_get(_host->self, detail::text(key), &sink) != 1)
            return std::nullopt;
        return value;
    }

    /// Durable with the next checkpoint or at the end of the verb.
    void kvPut(std::string_view key, std::string_view value) const
    {
        const auto kind =
            classFromNumber(_host->kv_put(_host->self, detail::text(key), detail::text(value)));
        if (kind != Class::Done)
            throw Failure(kind, "the hub did not keep the value '" + std::string(key) + "'");
    }

    /// Stop as soon as nothing is half done, and answer Cancelled.
    bool cancelled() const { return _host->cancelled(_host->self) == 1; }

    /// Microseconds since 1970 at which the running verb must have returned.
    std::int64_t deadline() const { return _host->deadline(_host->self); }

    /// A table by its id, or null when this host does not have it.
    const void* extension(std::string_view id) const
    {
        return _host->extension(_host->self, detail::text(id));
    }

private:
    // noexcept: an exception may not pass through the frame of the host.
    static void keep(void* self, const sph_http_response* response) noexcept
    {
        auto& result = *static_cast<HttpResult*>(self);
        result.status = response->status;
        result.headers.reserve(static_cast<std::size_t>(response->header_count));
        for (std::uint64_t i = 0; i < response->header_count; ++i)
            result.headers.emplace_back(detail::view(response->headers[i].name),
                                        detail::view(response->headers[i].value));
        result.body = detail::view(response->body);
    }
    static std::int32_t keepValue(void* self, std::int32_t, sph_text value) noexcept
    {
        *static_cast<std::string*>(self) = detail::view(value);
        return 0;
    }

    const sph_host* _host;
};

// ------------------------------------------------------------------ accept and translate

/// A request on the channel's webhook address; valid during accept.
class Request
{
public:
    explicit Request(const sph_request& request) : _request(request) {}

    std::string_view method() const { return detail::view(_request.method); }
    std::string_view topic() const
    {
        return detail::view(_request.topic);
    } // from the path; may be empty
    std::string_view query() const { return detail::view(_request.query); }
    std::string_view body() const { return detail::view(_request.body); }
    std::int64_t receivedAt() const { return _request.received_at; }

    /// The first header of that name, in any case.
    std::optional<std::string_view> header(std::string_view name) const
    {
        for (std::uint64_t i = 0; i < _request.header_count; ++i)
            if (detail::sameName(detail::view(_request.headers[i].name), name))
                return detail::view(_request.headers[i].value);
        return std::nullopt;
    }

    /// How often it was sent: a signature that comes twice is no signature.
    std::size_t headerCount(std::string_view name) const
    {
        std::size_t count = 0;
        for (std::uint64_t i = 0; i < _request.header_count; ++i)
            count += detail::sameName(detail::view(_request.headers[i].name), name) ? 1 : 0;
        return count;
    }

private:
    const sph_request& _request;
};

/// What accept found.
struct Accepted
{
    std::int32_t verdict = SPH_ACCEPT_FORGED;
    std::string messageId;
    std::string topic;
    std::int64_t occurredAt = 0;
    std::string reason;
    std::string keyId;
    int replyStatus = 0;
    std::string replyType;
    std::string replyBody;

    /// `messageId` is the channel's id of the delivery, the same on its retries; occurredAt 0: not
    /// said.
    static Accepted genuine(std::string_view messageId, std::string_view topic,
                            std::int64_t occurredAt = 0)
    {
        Accepted accepted;
        accepted.verdict = SPH_ACCEPT_GENUINE;
        accepted.messageId = messageId;
        accepted.topic = topic;
        accepted.occurredAt = occurredAt;
        return accepted;
    }
    /// Answered 401; the reason is for the log only.
    static Accepted forged(std::string_view reason) { return because(SPH_ACCEPT_FORGED, reason); }
    /// Genuine, but not what the path says: answered 400 with the reason.
    static Accepted mismatch(std::string_view reason)
    {
        return because(SPH_ACCEPT_MISMATCH, reason);
    }
    /// A handshake; nothing is kept.
    static Accepted reply(int status, std::string_view type, std::string_view body)
    {
        Accepted accepted;
        accepted.verdict = SPH_ACCEPT_REPLY;
        accepted.replyStatus = status;
        accepted.replyType = type;
        accepted.replyBody = body;
        return accepted;
    }
    /// The hub fetches the key (pull, stream "keys", id) and answers 503 meanwhile.
    static Accepted needKey(std::string_view keyId)
    {
        Accepted accepted;
        accepted.verdict = SPH_ACCEPT_NEED_KEY;
        accepted.keyId = keyId;
        return accepted;
    }

private:
    static Accepted because(std::int32_t verdict, std::string_view reason)
    {
        Accepted accepted;
        accepted.verdict = verdict;
        accepted.reason = reason;
        return accepted;
    }
};

/// A stored message, as accept took it; valid during translate.
class Message
{
public:
    explicit Message(const sph_message& message) : _message(message) {}

    std::string_view messageId() const { return detail::view(_message.message_id); }
    std::string_view topic() const { return detail::view(_message.topic); }
    std::string_view body() const { return detail::view(_message.body); }
    std::int64_t receivedAt() const { return _message.received_at; }

private:
    const sph_message& _message;
};

// ------------------------------------------------------------------ out

/// Where a verb's documents go, one at a time. When the hub wants no more, a put ends the verb as
/// Cancelled.
class Out
{
public:
    explicit Out(const sph_sink* sink) : _sink(sink) {}
    Out(const Out&) = delete;
    Out& operator=(const Out&) = delete;

    void fact(const Order& order) { put(SPH_DOC_FACT, order); }
    void fact(const Fulfilment& fulfilment) { put(SPH_DOC_FACT, fulfilment); }
    void fact(const Refund& refund) { put(SPH_DOC_FACT, refund); }
    void fact(const Cancel& cancel) { put(SPH_DOC_FACT, cancel); }
    void fact(const Paid& paid) { put(SPH_DOC_FACT, paid); }
    void listing(const Listing& listing) { put(SPH_DOC_LISTING, listing); }
    void level(const Level& level) { put(SPH_DOC_LEVEL, level); }
    void notice(const Notice& notice) { put(SPH_DOC_NOTICE, notice); }
    void fetch(const Fetch& fetch) { put(SPH_DOC_FETCH, fetch); }
    void checkpoint(const Checkpoint& checkpoint) { put(SPH_DOC_CHECKPOINT, checkpoint); }
    void result(const Result& result) { put(SPH_DOC_RESULT, result); }
    void rate(const Rate& rate) { put(SPH_DOC_RATE, rate); }
    void subscription(const Subscription& subscription) { put(SPH_DOC_SUBSCRIPTION, subscription); }
    void finding(const Finding& finding) { put(SPH_DOC_FINDING, finding); }

    /// Says why the verb does not end with Done, and gives the class to return: `return
    /// out.problem(...)`.
    Class problem(Class kind, std::string_view reason,
                  std::optional<std::chrono::milliseconds> retryAfter = std::nullopt,
                  std::string_view detail = {})
    {
        Problem problem;
        problem.reason = reason;
        if (retryAfter)
            problem.retryAfterMs = retryAfter->count();
        problem.detail = detail;
        put(SPH_DOC_PROBLEM, problem);
        return kind;
    }

    /// Text that is JSON already.
    void raw(std::int32_t kind, std::string_view json)
    {
        if (_sink->put(_sink->self, kind, detail::text(json)) != 0)
            throw Failure(Class::Cancelled, "the hub wants no more");
    }

private:
    template <class X>
    void put(std::int32_t kind, const X& document)
    {
        _text.clear(); // one buffer for all documents of a verb
        JsonText json(_text);
        write(json, document);
        raw(kind, _text);
    }

    const sph_sink* _sink;
    std::string _text;
};

// ------------------------------------------------------------------ the spoke

/// One channel's spoke. Derive, give it a constructor `MySpoke(Host, const Settings&)` and a static
/// `manifest()` that answers JSON text, and override the verbs that the manifest names. A verb ends
/// by returning a class or by throwing a Failure; any other exception counts as a bug. accept and
/// translate run on several threads at once.
class Spoke
{
public:
    Spoke() = default;
    Spoke(const Spoke&) = delete;
    Spoke& operator=(const Spoke&) = delete;
    virtual ~Spoke() = default;

    virtual Class check(Out& out) { return unsupported(out, "check"); }
    virtual Accepted accept(const Request&) const
    {
        throw Failure(Class::Unsupported, "this spoke takes no webhooks");
    }
    virtual Class translate(const Message&, Out& out) const
    {
        return unsupported(out, "translate");
    }
    virtual Class pull(std::string_view, const PullRequest&, Out& out)
    {
        return unsupported(out, "pull");
    }
    virtual Class push(const PushBatch&, Out& out) { return unsupported(out, "push"); }
    virtual Class subscribe(const SubscribeRequest&, Out& out)
    {
        return unsupported(out, "subscribe");
    }

private:
    static Class unsupported(Out& out, const char* verb)
    {
        return out.problem(Class::Unsupported, std::string("this spoke does not ") + verb);
    }
};

namespace detail
{

/// Runs one verb; whatever it throws becomes a class and a problem document.
template <class Verb>
std::int32_t guarded(const sph_sink* sink, Verb&& verb) noexcept
{
    const auto say = [sink](const Problem& problem) {
        const std::string json = toJson(problem);
        sink->put(sink->self, SPH_DOC_PROBLEM,
                  text(json)); // nobody is left to hear that the sink is full
    };
    try {
        Out out(sink);
        return static_cast<std::int32_t>(verb(out));
    } catch (const Failure& failure) {
        Problem problem;
        problem.reason = failure.what();
        if (failure.retryAfter())
            problem.retryAfterMs = failure.retryAfter()->count();
        say(problem);
        return static_cast<std::int32_t>(failure.kind());
    } catch (const std::exception& error) {
        say({std::string("unforeseen: ") + error.what(), std::nullopt, {}});
    } catch (...) {
        say({"unforeseen: something that is not an exception was thrown", std::nullopt, {}});
    }
    return SPH_BUG;
}

/// The table of C functions for one Spoke class.
template <class Type>
class Border
{
public:
    static const sph_spoke* table()
    {
        static const sph_spoke spoke = make();
        return &spoke;
    }

private:
    struct Instance
    {
        Instance(Host givenHost, const Settings& settings)
            : host(givenHost), spoke(givenHost, settings)
        {
        }
        Host host;
        Type spoke;
    };

    static sph_spoke make()
    {
        sph_spoke spoke{};
        spoke.size = sizeof spoke;
        spoke.abi_major = SPH_ABI_MAJOR;
        spoke.abi_minor = SPH_ABI_MINOR;
        spoke.describe = &describe;
        spoke.open = &open;
        spoke.close = &close;
        spoke.check = &check;
        spoke.accept = &accept;
        spoke.translate = &translate;
        spoke.pull = &pull;
        spoke.push = &push;
        spoke.subscribe = &subscribe;
        spoke.extension = &extension;
        return spoke;
    }

    static Instance& self(void* instance) { return *static_cast<Instance*>(instance); }

    static std::int32_t describe(const sph_sink* sink) noexcept
    {
        return guarded(sink, [](Out& out) {
            const std::string manifest(Type::manifest());
            out.raw(SPH_DOC_MANIFEST, manifest);
            return Class::Done;
        });
    }

    static std::int32_t open(const sph_host* host, sph_text settings, void** instance,
                             const sph_sink* sink) noexcept
    {
        *instance = nullptr;
        return guarded(sink, [&](Out&) {
            *instance = new Instance(Host(host), Settings(view(settings)));
            return Class::Done;
        });
    }

    static void close(void* instance) noexcept { delete static_cast<Instance*>(instance); }

    static std::int32_t check(void* instance, const sph_sink* sink) noexcept
    {
        return guarded(sink, [&](Out& out) { return self(instance).spoke.check(out); });
    }

    /// accept has no sink for problems, so the reason goes to the log.
    static std::int32_t accept(void* instance, const sph_request* request,
                               const sph_accept_sink* sink) noexcept
    {
        const auto& host = self(instance).host;
        const sph_sink log{const_cast<Host*>(&host), &logProblem};
        return guarded(&log, [&](Out&) {
            const Accepted accepted = std::as_const(self(instance).spoke).accept(Request(*request));
            sph_accepted raw{};
            raw.size = sizeof raw;
            raw.verdict = accepted.verdict;
            raw.message_id = text(accepted.messageId);
            raw.topic = text(accepted.topic);
            raw.occurred_at = accepted.occurredAt;
            raw.reason = text(accepted.reason);
            raw.key_id = text(accepted.keyId);
            raw.reply_status = accepted.replyStatus;
            raw.reply_type = text(accepted.replyType);
            raw.reply_body = text(accepted.replyBody);
            sink->put(sink->self, &raw);
            return Class::Done;
        });
    }

    static std::int32_t logProblem(void* host, std::int32_t, sph_text problem) noexcept
    {
        static_cast<Host*>(host)->log(LogLevel::Error, view(problem));
        return 0;
    }

    static std::int32_t translate(void* instance, const sph_message* message,
                                  const sph_sink* sink) noexcept
    {
        return guarded(sink, [&](Out& out) {
            return std::as_const(self(instance).spoke).translate(Message(*message), out);
        });
    }

    static std::int32_t pull(void* instance, sph_text stream, sph_text request,
                             const sph_sink* sink) noexcept
    {
        return guarded(sink, [&](Out& out) {
            return self(instance).spoke.pull(view(stream), readPullRequest(view(request)), out);
        });
    }

    static std::int32_t push(void* instance, sph_text batch, const sph_sink* sink) noexcept
    {
        return guarded(sink, [&](Out& out) {
            return self(instance).spoke.push(readPushBatch(view(batch)), out);
        });
    }

    static std::int32_t subscribe(void* instance, sph_text request, const sph_sink* sink) noexcept
    {
        return guarded(sink, [&](Out& out) {
            return self(instance).spoke.subscribe(readSubscribeRequest(view(request)), out);
        });
    }

    static const void* extension(sph_text) noexcept { return nullptr; }
};

} // namespace detail

} // namespace sdk
} // namespace spokehub

/// Makes the one exported symbol. Once in a library, at global scope.
#define SPOKEHUB_EXPORT(Type)                                                                      \
    extern "C" SPH_EXPORT const sph_spoke* spokehub_entry(std::uint32_t);                          \
    extern "C" SPH_EXPORT const sph_spoke* spokehub_entry(std::uint32_t)                           \
    {                                                                                              \
        return ::spokehub::detail::Border<Type>::table();                                          \
    }                                                                                              \
    static_assert(true, "a semicolon follows")
