#pragma once

#include "spokehub/Class.h"
#include "spokehub/Host.h"
#include "spokehub/Messages.h"
#include "spokehub/Text.h"
#include "spokehub/abi.h"

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
    void parcel(const Parcel& parcel) { put(SPH_DOC_PARCEL, parcel); }
    void privacy(const Privacy& privacy) { put(SPH_DOC_PRIVACY, privacy); }
    void notice(const Notice& notice) { put(SPH_DOC_NOTICE, notice); }
    void fetch(const Fetch& fetch) { put(SPH_DOC_FETCH, fetch); }
    void checkpoint(const Checkpoint& checkpoint) { put(SPH_DOC_CHECKPOINT, checkpoint); }
    void result(const Result& result) { put(SPH_DOC_RESULT, result); }
    void rate(const Rate& rate) { put(SPH_DOC_RATE, rate); }
    void subscription(const Subscription& subscription) { put(SPH_DOC_SUBSCRIPTION, subscription); }
    void finding(const Finding& finding) { put(SPH_DOC_FINDING, finding); }
    void key(const Key& key) { put(SPH_DOC_KEY, key); }

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

/// Reads a stream page by page: `page(cursor)` hands over a page's documents and answers the next
/// cursor; the same one as before, or none, is the end. Each page ends with a checkpoint. Stops
/// where the hub wants it to.
template <class Page>
Class inPages(const Host& host, const PullRequest& request, Out& out, Page&& page)
{
    std::string cursor = request.cursor;
    while (!host.cancelled()) {
        const std::optional<std::string> next = page(std::as_const(cursor));
        if (!next || *next == cursor)
            return Class::Done;
        cursor = *next;
        out.checkpoint({cursor});
    }
    return out.problem(Class::Cancelled, "the hub asked to stop");
}

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
