// A market stall's spoke, as eBay and the like want one: webhooks signed with a key that has to be
// fetched, messages that only name an order, and access tokens. STALL_NAME is its name.
#include "spokehub/Spoke.h"

using namespace spokehub;

class StallSpoke final : public Spoke
{
public:
    static const char* manifest()
    {
        return R"({"name": ")" STALL_NAME
               R"(", "version": "1.0.0", "title": "Market stall", "abi": "1.0",
  "kind": "sales_channel", "verbs": ["check", "accept", "translate", "pull", "push"],
  "streams": ["orders", "listings", "keys"], "push": ["stock"], "quantity": "available",
  "settings": {"type": "object", "required": ["base_url"], "properties": {
    "base_url": {"type": "string", "description": "where the stall is"}}},
  "secrets": {"client_id": {"required": true}, "client_secret": {"required": true},
    "refresh_token": {"required": true}},
  "oauth": {"seller": {"token_url": "${setting:base_url}/token",
    "form": {"grant_type": "refresh_token", "refresh_token": "${secret:refresh_token}"},
    "headers": {"Authorization": "Basic ${basic:client_id:client_secret}"}}},
  "topics": ["order"], "rate": {"capacity": 100, "restore_per_hour": 360000}})";
    }

    StallSpoke(Host host, const Settings& settings) : _host(host), _base(settings.text("base_url"))
    {
    }

    Class check(Out& out) override
    {
        const auto answer = get("/shop");
        if (!answer.ok())
            return failed(answer, out);
        out.finding({"ok", "shop", "answers", ""});
        return Class::Done;
    }

    /// X-Key names the key of X-Signature, which is over the raw body.
    Accepted accept(const Request& request) const override
    {
        const auto key = request.header("X-Key");
        const auto signature = fromBase64(request.header("X-Signature").value_or(""));
        if (!key || key->empty() || key->size() > 200 || request.headerCount("X-Key") != 1 ||
            request.headerCount("X-Signature") != 1 || !signature)
            return Accepted::forged("X-Key and X-Signature must be there once");
        switch (_host.verify(Digest::Sha1, *key, request.body(), *signature)) {
        case Class::Done:
            return Accepted::genuine(request.header("X-Id").value_or(""), "order");
        case Class::Unmatched:
            return Accepted::needKey(*key);
        default:
            return Accepted::forged("X-Signature does not fit the body");
        }
    }

    /// The body is the id of an order, no more.
    Class translate(const Message& message, Out& out) const override
    {
        const auto id = message.body();
        if (id.empty() || id.find_first_not_of("0123456789") != id.npos)
            return out.problem(Class::Rejected, "the body is not the id of an order");
        out.fetch({"orders", std::string(id)});
        return Class::Done;
    }

    Class pull(std::string_view stream, const PullRequest& request, Out& out) override
    {
        if (request.id.empty() && stream == "listings")
            return listings(request, out);
        if (request.id.empty())
            return Class::Done;
        const auto answer =
            get((stream == "keys" ? std::string("/keys/") : std::string("/orders/")) + request.id);
        if (!answer.ok())
            return failed(answer, out);
        if (stream == "keys")
            out.key({request.id, answer.body, ""});
        else
            out.raw(SPH_DOC_FACT, answer.body);
        return Class::Done;
    }

    Class push(const PushBatch& batch, Out& out) override
    {
        for (const auto& item : batch.stock) {
            HttpRequest request;
            request.method = "PUT";
            request.url = _base + "/stock/" + item.stockId;
            request.body = std::to_string(item.quantity);
            const auto answer = _host.httpAs("seller", request);
            if (answer.kind != Class::Done)
                return out.problem(answer.kind, "the stall is not told");
            Result result;
            result.item = item.item;
            result.kind = answer.ok() ? Class::Done : Class::Rejected;
            result.reason = answer.ok() ? "" : "status " + std::to_string(answer.status);
            out.result(result);
        }
        return Class::Done;
    }

private:
    HttpResult get(const std::string& path) const
    {
        HttpRequest request;
        request.url = _base + path;
        return _host.httpAs("seller", request);
    }

    static Class failed(const HttpResult& answer, Out& out)
    {
        if (answer.kind != Class::Done)
            return out.problem(answer.kind, "the stall gave no answer");
        return out.problem(answer.status == 401 ? Class::Auth : Class::Retry,
                           "the stall answered " + std::to_string(answer.status));
    }

    /// Pages of one listing each: the body is its SKU, and the page's number the cursor.
    Class listings(const PullRequest& request, Out& out)
    {
        return inPages(
            _host, request, out, [&](const std::string& cursor) -> std::optional<std::string> {
                const int page = cursor.empty() ? 1 : std::stoi(cursor);
                const auto answer = get("/listings/" + std::to_string(page));
                if (answer.kind == Class::Done && answer.status == 404)
                    return std::nullopt;
                if (!answer.ok())
                    throw Failure(answer.kind == Class::Done ? Class::Retry : answer.kind,
                                  "the stall shows no listings");
                Listing listing;
                listing.externalId = answer.body;
                listing.sku = answer.body;
                listing.title = answer.body;
                out.listing(listing);
                return std::to_string(page + 1);
            });
    }

    Host _host;
    std::string _base;
};

SPOKEHUB_EXPORT(StallSpoke);
