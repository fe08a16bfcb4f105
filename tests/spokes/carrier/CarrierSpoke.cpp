#include "spokehub/Spoke.h"

#include <algorithm>
#include <array>

using namespace spokehub;

namespace
{

using Json = nlohmann::json;

constexpr std::size_t pageMost = 50;

std::string textOf(const Json& from, const char* name)
{
    const auto found = from.find(name);
    if (found == from.end() || !found->is_string() || found->get<std::string>().empty())
        throw Failure(Class::Rejected, std::string("'") + name + "' is missing or not text");
    return found->get<std::string>();
}

/// The carrier's words for where a parcel is, and the hub's.
std::string statusOf(const std::string& theirs)
{
    constexpr std::array<std::pair<std::string_view, const char*>, 6> words = {
        {{"label_created", "announced"},
         {"transit", "in_transit"},
         {"out", "out_for_delivery"},
         {"exception", "failed"},
         {"delivered", "delivered"},
         {"to_sender", "returned"}}};
    const auto known = std::find_if(words.begin(), words.end(),
                                    [&](const auto& word) { return word.first == theirs; });
    if (known == words.end())
        throw Failure(Class::Rejected, "the carrier's status is unknown: " + theirs.substr(0, 40));
    return known->second;
}

/// Numbers go into addresses.
std::string encoded(const std::string& number)
{
    std::string made;
    for (const char c : number) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        made += plain ? std::string(1, c) : "%" + toHex(std::string_view(&c, 1));
    }
    return made;
}

Parcel parcelOf(const Json& from)
{
    Parcel parcel;
    parcel.trackingNumber = textOf(from, "number");
    if (parcel.trackingNumber.size() > 100)
        throw Failure(Class::Rejected, "'number' is longer than 100 bytes");
    parcel.status = statusOf(textOf(from, "status"));
    const auto at = isoUtc(textOf(from, "at"));
    if (!at)
        throw Failure(Class::Rejected, "'at' is not a time");
    parcel.updatedAt = *at;
    parcel.carrier = "Parcel Post";
    parcel.trackingUrl = "https://parcelpost.example/track/" + encoded(parcel.trackingNumber);
    return parcel;
}

} // namespace

class CarrierSpoke final : public Spoke
{
public:
    static const char* manifest()
    {
        return R"({
  "name": "carrier", "version": "1.0.0", "title": "Parcel Post", "abi": "1.1", "kind": "carrier",
  "verbs": ["check", "accept", "translate", "pull", "push"],
  "streams": ["shipments"], "push": ["shipment"], "idempotency": "none",
  "settings": {"type": "object", "additionalProperties": false, "properties": {
    "base_url": {"type": "string", "pattern": "^https?://", "default": "https://api.parcelpost.example",
                 "description": "address of the carrier's API"},
    "sign_in": {"type": "string", "enum": ["token", "oauth"], "default": "token",
                "description": "with a token of the account, or with one of its app"}}},
  "secrets": {"token": {"description": "access token of the account"},
    "refresh_token": {"description": "of the carrier's app, with sign_in: oauth"},
    "webhook_secret": {"required": true, "list": true, "description": "signs the webhooks"}},
  "oauth": {"app": {"token_url": "${setting:base_url}/token", "form": {
    "grant_type": "refresh_token", "refresh_token": "${secret:refresh_token}"}}},
  "hosts": ["api.parcelpost.example"], "topics": ["parcel"],
  "rate": {"capacity": 10, "restore_per_second": 5, "cost": 1, "batch_max": 20, "concurrency": 1}})";
    }

    CarrierSpoke(Host host, const Settings& settings)
        : _host(host), _base(settings.text("base_url")),
          _signIn(settings.text("sign_in") == "oauth" ? "Bearer ${oauth:app}"
                                                      : "Bearer ${secret:token}")
    {
    }

    Class check(Out& out) override
    {
        try {
            object(ask("GET", "/account"), Class::Retry);
            out.finding({"ok", "token", "the carrier answers", ""});
        } catch (const Failure& failure) {
            if (failure.kind() == Class::Cancelled)
                throw;
            out.finding({"error", "token", failure.what(), "ask the carrier for a new token"});
        }
        return Class::Done;
    }

    Accepted accept(const Request& request) const override
    {
        const auto mac = fromHex(request.header("X-Parcel-Signature").value_or(""));
        if (request.headerCount("X-Parcel-Signature") != 1 || !mac ||
            !_host.signedBy("webhook_secret", request.body(), *mac))
            return Accepted::forged("X-Parcel-Signature does not fit the body");
        const auto id = request.header("X-Parcel-Event").value_or("");
        if (id.empty() || id.size() > 200)
            return Accepted::mismatch("X-Parcel-Event has not 1 to 200 bytes");
        return Accepted::genuine(id, "parcel");
    }

    Class translate(const Message& message, Out& out) const override
    {
        if (message.topic() != "parcel")
            return Class::Done; // it matters to nobody
        const auto body = message.body();
        const auto event = Json::parse(body.begin(), body.end(), nullptr, false);
        if (!event.is_object())
            return out.problem(Class::Rejected, "the body is not a JSON object");
        out.parcel(parcelOf(event));
        return Class::Done;
    }

    /// This carrier cannot say what is new: it is asked for what the hub waits for, number by
    /// number; the cursor is the last one.
    Class pull(std::string_view stream, const PullRequest& request, Out& out) override
    {
        if (stream != "shipments")
            return out.problem(Class::Unsupported,
                               "this spoke has no stream " + std::string(stream));
        auto numbers = request.id.empty() ? request.subjects : std::vector{request.id};
        std::sort(numbers.begin(), numbers.end());
        auto from = std::upper_bound(numbers.begin(), numbers.end(), request.cursor);
        if (!request.id.empty())
            from = numbers.begin();
        const auto page =
            request.pageMax > 0
                ? std::min<std::size_t>(static_cast<std::size_t>(request.pageMax), pageMost)
                : pageMost;
        while (from != numbers.end()) {
            const auto left = static_cast<std::size_t>(numbers.end() - from);
            const auto to = from + static_cast<std::ptrdiff_t>(std::min(page, left));
            read({from, to}, out);
            if (!request.id.empty())
                return Class::Done;
            out.checkpoint({to == numbers.end() ? std::string() : *(to - 1)});
            from = to;
            if (_host.cancelled())
                return out.problem(Class::Cancelled, "the hub asked to stop");
        }
        return Class::Done;
    }

    /// A parcel that the carrier knows of is told by webhook from then on.
    Class push(const PushBatch& batch, Out& out) override
    {
        if (batch.kind != "shipment")
            return out.problem(Class::Unsupported, "this spoke tells no " + batch.kind);
        for (const auto& item : batch.shipments) {
            if (_host.cancelled())
                return out.problem(Class::Cancelled, "the hub asked to stop");
            const auto answer = ask("PUT", "/parcels/" + encoded(item.trackingNumber),
                                    Json{{"reference", item.orderId}}.dump());
            Result result;
            result.item = item.item;
            if (answer.kind != Class::Done)
                return out.problem(answer.kind, "the carrier gave no answer");
            if (answer.status >= 500) // it may have been done all the same
                return out.problem(Class::UnknownOutcome,
                                   "the carrier answered " + std::to_string(answer.status));
            if (answer.status == 422) {
                result.kind = Class::Rejected;
                result.reason = "the carrier has no such parcel";
            } else
                result.externalId = textOf(object(answer, Class::UnknownOutcome), "id");
            out.result(result);
        }
        return Class::Done;
    }

private:
    HttpResult ask(const std::string& method, const std::string& path,
                   const std::string& body = {}) const
    {
        HttpRequest request;
        request.method = method;
        request.url = _base + path;
        request.headers = {{"Authorization", _signIn}};
        request.body = body;
        return _host.http(request);
    }

    /// A success as JSON; what is none is of the class `garbage`.
    Json object(const HttpResult& answer, Class garbage) const
    {
        if (answer.kind == Class::UnknownOutcome)
            throw Failure(garbage, "the carrier gave no answer");
        if (answer.kind != Class::Done)
            throw Failure(answer.kind, "the carrier gave no answer");
        const std::string said = "the carrier answered " + std::to_string(answer.status);
        if (answer.status == 429)
            throw Failure(Class::RateLimited, said, answer.retryAfter(_host.now()));
        if (answer.status == 401 || answer.status == 403)
            throw Failure(Class::Auth, said);
        if (answer.status >= 500)
            throw Failure(garbage, said);
        if (!answer.ok())
            throw Failure(Class::Rejected, said);
        auto json = Json::parse(answer.body, nullptr, false);
        if (!json.is_object())
            throw Failure(garbage, "the carrier's answer is not a JSON object");
        return json;
    }

    void read(const std::vector<std::string>& numbers, Out& out) const
    {
        std::string list;
        for (const auto& number : numbers)
            list += (list.empty() ? "" : ",") + encoded(number);
        const Json answer = object(ask("GET", "/parcels?numbers=" + list), Class::Retry);
        const auto parcels = answer.find("parcels");
        if (parcels == answer.end() || !parcels->is_array())
            throw Failure(Class::Retry, "the carrier's answer has no parcels");
        for (const auto& each : *parcels)
            if (each.is_object())
                out.parcel(parcelOf(each));
    }

    Host _host;
    std::string _base;
    std::string _signIn;
};

SPOKEHUB_EXPORT(CarrierSpoke);
