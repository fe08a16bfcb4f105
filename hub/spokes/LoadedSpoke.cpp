#include "spokes/LoadedSpoke.h"

#include "core/Json.h"
#include "spokes/DocumentCheck.h"
#include "spokes/LibraryBorder.h"

#include <array>
#include <exception>

namespace spokehub::spokes
{

namespace
{

constexpr std::size_t idBytesMax = 200; // of a message or a key

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
    return ((1u << static_cast<std::int32_t>(each)) | ...);
}

using Kind = DocumentKind;
constexpr auto ofOpen = kinds(Kind::Problem);
constexpr auto ofCheck = kinds(Kind::Problem, Kind::Finding, Kind::Rate);
constexpr auto ofTranslate = kinds(Kind::Problem, Kind::Fact, Kind::Listing, Kind::Level,
                                   Kind::Notice, Kind::Fetch, Kind::Parcel, Kind::Privacy);
constexpr auto ofPull = kinds(Kind::Problem, Kind::Fact, Kind::Listing, Kind::Level,
                              Kind::Checkpoint, Kind::Rate, Kind::Key, Kind::Parcel);
constexpr auto ofPush = kinds(Kind::Problem, Kind::Result, Kind::Rate);
constexpr auto ofSubscribe = kinds(Kind::Problem, Kind::Subscription, Kind::Rate);

/// What the hub acts on at once: a wrong one ends the verb as a bug. A wrong result, finding or the
/// like spoils itself only.
constexpr bool isBinding(Kind kind)
{
    return kind == Kind::Checkpoint || kind == Kind::Fetch || kind == Kind::Notice;
}

/// The host's end of a verb's sink. It hands documents on, keeps the problem, and says no to what
/// breaks the bounds.
template <class Take>
class Receiver
{
public:
    Receiver(std::uint32_t allowed, Take& take) : _allowed(allowed), _take(take) {}

    sph_sink sink() { return {this, &Receiver::put}; }

    Verdict verdict(const Ended& ended, const SpokeHost& host)
    {
        if (_thrown)
            std::rethrow_exception(_thrown);
        Verdict verdict;
        verdict.kind = _fault.empty() ? classFromNumber(ended.kind) : Class::Bug;
        verdict.crashed = ended.crashed;
        if (verdict.kind == Class::Done)
            return verdict;
        if (!_fault.empty())
            verdict.reason = _fault;
        else if (const auto problem = JsonDocument::parse(_problem)) {
            verdict.reason = host.blotted(problem->root().textOr("reason"));
            verdict.detail = host.blotted(problem->root().textOr("detail"));
            if (const auto after = problem->root()["retry_after_ms"].integer();
                after && *after >= 0)
                verdict.retryAfter = std::chrono::milliseconds(*after);
        }
        if (verdict.reason.empty())
            verdict.reason = "the spoke gave no reason";
        return verdict;
    }

private:
    static std::int32_t put(void* self, std::int32_t kind, sph_text json)
    {
        auto& receiver = *static_cast<Receiver*>(self);
        try {
            return receiver.receive(kind, view(json)) ? 0 : 1;
        } catch (...) {
            receiver._thrown =
                std::current_exception(); // it must not pass through the spoke's frames
            return 1;
        }
    }

    bool receive(std::int32_t kind, std::string_view json)
    {
        if (!_fault.empty() || _thrown)
            return false;
        if (kind < 0 || kind > 31 || (_allowed & 1u << kind) == 0)
            _fault = "the spoke handed over a document of kind " + std::to_string(kind) +
                     ", which does not belong to this verb";
        else if (json.size() > Spoke::documentBytesMax)
            _fault = "the spoke handed over a document of " + std::to_string(json.size()) +
                     " bytes; the most is " + std::to_string(Spoke::documentBytesMax);
        else if (++_count > Spoke::documentsMax)
            _fault = "the spoke handed over more than " + std::to_string(Spoke::documentsMax) +
                     " documents";
        else if (isBinding(static_cast<Kind>(kind)))
            _fault = faultOf(static_cast<Kind>(kind), json);
        if (!_fault.empty())
            return false;
        if (static_cast<Kind>(kind) != Kind::Problem)
            return _take(static_cast<Kind>(kind), json);
        _problem = json;
        return true;
    }

    const std::uint32_t _allowed;
    Take& _take;
    std::size_t _count = 0;
    std::string _problem;
    std::string _fault;
    std::exception_ptr _thrown;
};

/// Runs one verb and collects its documents.
template <class Verb>
Answer collect(const SpokeHost& host, std::uint32_t allowed, Verb&& verb)
{
    Answer answer;
    const auto take = [&answer](Kind kind, std::string_view json) {
        answer.documents.push_back({kind, std::string(json)});
        return true;
    };
    Receiver receiver(allowed, take);
    answer.verdict = receiver.verdict(verb(receiver.sink()), host);
    return answer;
}

Verdict lacking(const char* verb)
{
    return {Class::Unsupported, std::string("the spoke has no verb ") + verb, {}, {}, false};
}

/// The lane's thread is in a verb as long as this lives.
class InVerb
{
public:
    InVerb(SpokeHost& host, const Call& call) : _host(host) { _host.begin(call); }
    ~InVerb() { _host.end(); }
    InVerb(const InVerb&) = delete;
    InVerb& operator=(const InVerb&) = delete;

private:
    SpokeHost& _host;
};

Accepted failed(Class kind, std::string reason)
{
    Accepted accepted;
    accepted.kind = kind;
    accepted.reason = std::move(reason);
    return accepted;
}

/// What a spoke said, copied; a promise of the border that it broke makes it failed.
Accepted copied(const sph_accepted& raw)
{
    if (raw.size < sizeof raw)
        return failed(Class::Bug, "accept gave an answer of " + std::to_string(raw.size) +
                                      " bytes; version 1.0 has " + std::to_string(sizeof raw));
    if (raw.verdict < SPH_ACCEPT_GENUINE || raw.verdict > SPH_ACCEPT_MISMATCH)
        return failed(Class::Bug, "accept gave the unknown verdict " + std::to_string(raw.verdict));
    Accepted accepted;
    accepted.verdict = static_cast<AcceptVerdict>(raw.verdict);
    accepted.messageId = view(raw.message_id);
    accepted.topic = view(raw.topic);
    if (raw.occurred_at != 0)
        accepted.occurredAt = Time{raw.occurred_at};
    accepted.reason = view(raw.reason);
    accepted.keyId = view(raw.key_id);
    accepted.replyStatus = raw.reply_status;
    accepted.replyType = view(raw.reply_type);
    accepted.replyBody = view(raw.reply_body);
    const auto idBytes = accepted.messageId.size();
    if (accepted.verdict == AcceptVerdict::Genuine && (idBytes < 1 || idBytes > idBytesMax))
        return failed(Class::Bug, "accept gave a message id of " + std::to_string(idBytes) +
                                      " bytes; it has 1 to 200");
    const auto keyBytes = accepted.keyId.size();
    if (accepted.verdict == AcceptVerdict::NeedKey && (keyBytes < 1 || keyBytes > idBytesMax))
        return failed(Class::Bug, "accept needs a key with an id of " + std::to_string(keyBytes) +
                                      " bytes; it has 1 to 200");
    if (accepted.verdict == AcceptVerdict::Reply &&
        (accepted.replyStatus < 200 || accepted.replyStatus > 599))
        return failed(Class::Bug,
                      "accept replied with the status " + std::to_string(accepted.replyStatus));
    return accepted;
}

struct AcceptReceiver
{
    std::optional<Accepted> accepted;
    bool twice = false;

    static void put(void* self, const sph_accepted* raw) noexcept
    {
        auto& receiver = *static_cast<AcceptReceiver*>(self);
        receiver.twice = receiver.accepted.has_value();
        if (!receiver.twice)
            receiver.accepted = copied(*raw);
    }
};

} // namespace

static_assert(static_cast<int>(AcceptVerdict::Mismatch) == SPH_ACCEPT_MISMATCH);

LoadedSpoke::LoadedSpoke(const SpokeLibrary& library, SpokeHostParts host,
                         std::string_view settings)
    : LoadedSpoke(library.manifest().name, std::make_unique<LibraryBorder>(library.table()),
                  std::move(host), settings)
{
}

LoadedSpoke::LoadedSpoke(const std::string& name, std::unique_ptr<Border> border,
                         SpokeHostParts host, std::string_view settings)
    : _host(std::move(host)), _border(std::move(border))
{
    const auto answer = collect(_host, ofOpen, [&](const sph_sink& sink) {
        return _border->open(_host.table(), settings, sink);
    });
    if (answer.verdict.kind == Class::Done || answer.verdict.crashed) // it is started again
        return;
    throw SpokeError("the spoke '" + name + "' does not open: " + answer.verdict.reason +
                     "; correct the channel's settings");
}

/// A spoke goes through a secret's values by number: when they were changed meanwhile, it may have
/// missed the one that fits.
Accepted LoadedSpoke::accept(const WebhookRequest& request) const
{
    for (;;) {
        const auto secrets = _host.secretsVersion();
        Accepted accepted = acceptOnce(request);
        if (accepted.verdict == AcceptVerdict::Genuine || secrets == _host.secretsVersion())
            return accepted;
    }
}

Accepted LoadedSpoke::acceptOnce(const WebhookRequest& request) const
{
    if (!_border->has(Verb::Accept))
        return failed(Class::Unsupported, "the spoke has no verb accept");
    constexpr std::size_t few = 48; // more than any shop sends: no allocation
    std::array<sph_header, few> onStack;
    std::vector<sph_header> more;
    sph_header* headers = onStack.data();
    if (request.headers.size() > few) {
        more.resize(request.headers.size());
        headers = more.data();
    }
    for (std::size_t i = 0; i < request.headers.size(); ++i)
        headers[i] = {text(request.headers[i].name), text(request.headers[i].value)};

    const sph_request raw{
        sizeof raw, text(request.method),   text(request.topic), text(request.query),
        headers,    request.headers.size(), text(request.body),  request.receivedAt.micros};
    AcceptReceiver receiver;
    const sph_accept_sink sink{&receiver, &AcceptReceiver::put};
    const Ended ended = _border->accept(raw, sink);
    const Class kind = classFromNumber(ended.kind);
    if (kind != Class::Done) {
        auto accepted =
            failed(kind, ended.reason.empty() ? "accept ended as " + std::string(toText(kind))
                                              : ended.reason);
        accepted.crashed = ended.crashed;
        return accepted;
    }
    if (!receiver.accepted || receiver.twice)
        return failed(Class::Bug, "accept must answer exactly once");
    return std::move(*receiver.accepted);
}

Answer LoadedSpoke::translate(const StoredMessage& message) const
{
    if (!_border->has(Verb::Translate))
        return {lacking("translate"), {}};
    const sph_message raw{sizeof raw, text(message.messageId), text(message.topic),
                          text(message.body), message.receivedAt.micros};
    return collect(_host, ofTranslate,
                   [&](const sph_sink& sink) { return _border->translate(raw, sink); });
}

Answer LoadedSpoke::check(const Call& call)
{
    if (!_border->has(Verb::Check))
        return {lacking("check"), {}};
    const InVerb inVerb(_host, call);
    return collect(_host, ofCheck, [&](const sph_sink& sink) {
        return _border->run(Verb::Check, call, {}, {}, sink);
    });
}

Verdict LoadedSpoke::pull(const Call& call, std::string_view stream, std::string_view request,
                          const DocumentSink& sink)
{
    if (!_border->has(Verb::Pull))
        return lacking("pull");
    const InVerb inVerb(_host, call);
    Receiver receiver(ofPull, sink);
    return receiver.verdict(_border->run(Verb::Pull, call, stream, request, receiver.sink()),
                            _host);
}

Answer LoadedSpoke::push(const Call& call, std::string_view batch)
{
    if (!_border->has(Verb::Push))
        return {lacking("push"), {}};
    const InVerb inVerb(_host, call);
    return collect(_host, ofPush, [&](const sph_sink& sink) {
        return _border->run(Verb::Push, call, {}, batch, sink);
    });
}

Answer LoadedSpoke::subscribe(const Call& call, std::string_view request)
{
    if (!_border->has(Verb::Subscribe))
        return {lacking("subscribe"), {}};
    const InVerb inVerb(_host, call);
    return collect(_host, ofSubscribe, [&](const sph_sink& sink) {
        return _border->run(Verb::Subscribe, call, {}, request, sink);
    });
}

} // namespace spokehub::spokes
