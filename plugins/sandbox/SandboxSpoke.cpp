#include "SandboxDocuments.h"
#include "SandboxShop.h"

#include "spokehub/Spoke.h"

#include <algorithm>
#include <charconv>
#include <thread>
#include <tuple>

namespace sandbox
{

namespace
{

using namespace spokehub;

constexpr std::int64_t pageDefault = 50;

constexpr const char* manifestText = R"({
  "name": "sandbox", "version": "1.0.0", "title": "Sandbox", "kind": "sales_channel",
  "verbs": ["check", "accept", "translate", "pull", "push"],
  "streams": ["orders", "listings", "levels"], "push": ["stock", "shipment"], "quantity": "available",
  "settings": {"type": "object", "additionalProperties": false, "properties": {
    "shop": {"type": "string", "default": "sandbox", "pattern": "^[A-Za-z0-9._-]{1,64}$",
      "description": "name of the shop; channels with the same name share it"},
    "catalog": {"type": "array", "items": {"type": "string"}, "default": [], "pattern": "^[^=]+=[0-9]{1,9}$",
      "description": "what the shop offers at first, each as SKU=quantity"},
    "file": {"type": "string", "default": "",
      "description": "JSON file that shows and keeps the shop; empty: memory only"},
    "fail": {"type": "string", "default": "",
      "pattern": "^$|^(retry|rate_limited|auth|conflict|unknown_outcome|unmatched|rejected|config)(:.+)?$",
      "description": "for tests: the class to fail with, with :SKU for pushes of that SKU only"},
    "latency_ms": {"type": "integer", "default": 0, "minimum": 0, "maximum": 60000,
      "description": "how long the shop takes for a call, in milliseconds"}}},
  "secrets": {"webhook_secret": {"required": true, "list": true,
    "description": "signs the webhooks, see X-Sandbox-Signature"}},
  "hosts": [],
  "topics": ["orders/create", "orders/updated", "orders/paid", "orders/cancelled", "refunds/create",
    "fulfilments/create", "levels/update"],
  "rate": {"capacity": 1000, "restore_per_second": 1000, "cost": 1, "batch_max": 100, "concurrency": 1}
})";

std::vector<std::pair<std::string, std::int64_t>> catalogOf(const Settings& settings)
{
    std::vector<std::pair<std::string, std::int64_t>> catalog;
    for (const auto& entry : settings.texts("catalog")) {
        const auto equals = entry.rfind('=');
        std::int64_t quantity = -1;
        const char* last = entry.data() + entry.size();
        if (equals == std::string::npos || equals == 0 ||
            std::from_chars(entry.data() + equals + 1, last, quantity).ptr != last || quantity < 0)
            throw Failure(Class::Config, "setting 'catalog': '" + entry + "' must be SKU=quantity");
        catalog.emplace_back(entry.substr(0, equals), quantity);
    }
    return catalog;
}

/// The setting `fail`: a class, and the one SKU it holds for.
struct Fault
{
    explicit Fault(const std::string& setting)
    {
        const auto colon = setting.find(':');
        kind = classFromText(setting.substr(0, colon));
        if (colon != std::string::npos)
            sku = setting.substr(colon + 1);
        if (!setting.empty() && !kind)
            throw Failure(Class::Config,
                          "setting 'fail': '" + setting + "' does not begin with a class");
    }

    bool ofItems() const
    {
        return !sku.empty() || kind == Class::Conflict || kind == Class::Unmatched ||
               kind == Class::Rejected;
    }
    bool hits(const std::string& itemSku) const
    {
        return kind && ofItems() && (sku.empty() || sku == itemSku);
    }

    std::optional<Class> kind;
    std::string sku;
};

/// "orders-create" in a path is the topic orders/create.
std::string topicOf(std::string_view path)
{
    std::string topic(path);
    if (const auto dash = topic.find('-');
        dash != std::string::npos && topic.find('/') == std::string::npos)
        topic[dash] = '/';
    return topic;
}

std::pair<std::string, std::string> placeOf(const Json& fact)
{
    const bool order = fact.value("type", "") == "order";
    return {fact.value("updated_at", ""), fact.value(order ? "order_id" : "id", "")};
}

} // namespace

/// A shop inside this process: for trying the hub out, for tests, and as the sample for authors.
class SandboxSpoke final : public Spoke
{
public:
    static const char* manifest() { return manifestText; }

    SandboxSpoke(Host host, const Settings& settings)
        : _host(host), _latency(settings.integer("latency_ms", 0)),
          _fault(settings.text("fail", "")),
          _shop(SandboxShop::named(settings.text("shop", "sandbox"), settings.text("file", "")))
    {
        _shop->stockUp(catalogOf(settings), _host.nowIso());
    }

    Class check(Out& out) override
    {
        call();
        const bool secret = _host.secretCount("webhook_secret") > 0;
        out.finding({secret ? "ok" : "error", "secrets.webhook_secret",
                     secret ? "is configured" : "is missing: every webhook is refused",
                     secret ? "" : "add webhook_secret to the channel's secrets"});
        const auto offers = _shop->stock().size();
        out.finding({offers > 0 ? "ok" : "warning", "catalog",
                     "the shop offers " + std::to_string(offers) + " SKUs",
                     offers > 0 ? "" : "set catalog: [\"LEG-S=12\"]"});
        return Class::Done;
    }

    Accepted accept(const Request& request) const override
    {
        if (_host.secretCount("webhook_secret") == 0)
            return Accepted::forged("webhook_secret is not configured");
        if (request.headerCount("X-Sandbox-Signature") != 1)
            return Accepted::forged("X-Sandbox-Signature must be there exactly once");
        const auto mac = fromBase64(*request.header("X-Sandbox-Signature"));
        if (!mac || !_host.signedBy("webhook_secret", request.body(), *mac))
            return Accepted::forged("X-Sandbox-Signature does not fit the body");

        const auto id = request.header("X-Sandbox-Id");
        if (!id || id->empty() || id->size() > 200)
            return Accepted::mismatch("X-Sandbox-Id must have 1 to 200 bytes");
        const auto said = request.header("X-Sandbox-Topic");
        const std::string topic =
            request.topic().empty() ? std::string(said.value_or("")) : topicOf(request.topic());
        if (topic.empty())
            return Accepted::mismatch("neither the path nor X-Sandbox-Topic names a topic");
        if (said && *said != topic)
            return Accepted::mismatch("the path names another topic than X-Sandbox-Topic");
        return Accepted::genuine(*id, topic);
    }

    Class translate(const Message& message, Out& out) const override
    {
        const auto carries = carriedBy(message.topic());
        if (carries == Carries::Nothing)
            return Class::Done;
        const auto body = message.body();
        const auto json = Json::parse(body.begin(), body.end(), nullptr, false);
        if (json.is_discarded())
            return out.problem(Class::Rejected, "the body is not JSON");
        const std::int32_t kind = carries == Carries::Facts ? SPH_DOC_FACT : SPH_DOC_LEVEL;
        if (!json.is_array()) {
            if (const auto mistake = mistakeIn(json, message.topic()))
                return out.problem(Class::Rejected, *mistake);
            out.raw(kind, body);
            return Class::Done;
        }
        for (const auto& document : json) // all are good, or none is taken
            if (const auto mistake = mistakeIn(document, message.topic()))
                return out.problem(Class::Rejected, *mistake);
        for (const auto& document : json)
            out.raw(kind, document.dump());
        return Class::Done;
    }

    Class pull(std::string_view stream, const PullRequest& request, Out& out) override
    {
        call();
        if (stream == "orders")
            return pullOrders(request, out);
        if (stream == "listings" || stream == "levels")
            return pullStock(stream == "listings", request, out);
        return out.problem(Class::Unsupported,
                           "the sandbox has no stream '" + std::string(stream) + "'");
    }

    Class push(const PushBatch& batch, Out& out) override
    {
        call();
        for (const auto& item : batch.stock)
            out.result(_fault.hits(item.sku) ? failed(item) : _shop->set(item, _host.nowIso()));
        for (const auto& item : batch.shipments)
            out.result(_shop->ship(item, _host.nowIso()));
        if (batch.stock.empty() && batch.shipments.empty())
            return out.problem(Class::Unsupported,
                               "the sandbox takes no pushes of kind '" + batch.kind + "'");
        return Class::Done;
    }

private:
    /// A call of the shop takes its time, and fails when the setting says so.
    void call() const
    {
        for (std::int64_t left = _latency; left > 0 && !_host.cancelled(); left -= 20)
            std::this_thread::sleep_for(
                std::chrono::milliseconds(std::min<std::int64_t>(left, 20)));
        if (_host.cancelled())
            throw Failure(Class::Cancelled, "the hub stops");
        if (!_fault.kind || _fault.ofItems())
            return;
        const auto after = _fault.kind == Class::RateLimited
                               ? std::optional(std::chrono::milliseconds(1000))
                               : std::nullopt;
        throw Failure(*_fault.kind, "the setting 'fail' asks for it", after);
    }

    Result failed(const StockItem& item) const
    {
        Result result;
        result.item = item.item;
        result.kind = *_fault.kind;
        result.reason = "the setting 'fail' asks for it";
        if (result.kind == Class::Conflict) {
            const auto stock = _shop->stock();
            const auto found = stock.find(item.sku);
            result.observed = found == stock.end() ? 0 : found->second.quantity;
        }
        return result;
    }

    /// Orders that changed after the cursor "updated_at id", a checkpoint for each page.
    Class pullOrders(const PullRequest& request, Out& out)
    {
        auto facts = _shop->orders();
        for (const auto& fact : facts)
            if (const auto mistake = mistakeIn(fact))
                return out.problem(Class::Rejected,
                                   "an order in the shop's file is wrong: " + *mistake);
        std::sort(facts.begin(), facts.end(),
                  [](const Json& a, const Json& b) { return placeOf(a) < placeOf(b); });
        const auto space = request.cursor.find(' ');
        const std::pair<std::string, std::string> after =
            space == std::string::npos
                ? std::pair(request.since, std::string())
                : std::pair(request.cursor.substr(0, space), request.cursor.substr(space + 1));
        const auto page =
            static_cast<std::size_t>(request.pageMax > 0 ? request.pageMax : pageDefault);
        std::size_t count = 0;
        std::string cursor;
        for (auto& fact : facts) {
            const auto place = placeOf(fact);
            if (request.id.empty() ? place <= after : fact.value("order_id", "") != request.id)
                continue;
            if (fact.value("type", "") == "order")
                fact["read_at"] = _host.nowIso();
            out.raw(SPH_DOC_FACT, fact.dump());
            cursor = place.first + " " + place.second;
            if (++count % page == 0 && request.id.empty())
                out.checkpoint({cursor});
        }
        if (count % page != 0 && request.id.empty())
            out.checkpoint({cursor});
        return Class::Done;
    }

    /// Everything after the SKU in the cursor; after the last page the cursor is empty, so the next
    /// pull begins anew.
    Class pullStock(bool listings, const PullRequest& request, Out& out)
    {
        const auto stock = _shop->stock();
        const auto page =
            static_cast<std::size_t>(request.pageMax > 0 ? request.pageMax : pageDefault);
        std::size_t count = 0;
        for (auto at = stock.upper_bound(request.cursor); at != stock.end(); ++at) {
            const auto& [sku, stocked] = *at;
            const bool asked = request.subjects.empty() ||
                               std::find(request.subjects.begin(), request.subjects.end(), sku) !=
                                   request.subjects.end();
            if (!asked || (!request.id.empty() && request.id != sku))
                continue;
            if (listings)
                out.listing(listing(sku, stocked));
            else
                out.level({sku, "", stocked.quantity, stocked.updatedAt});
            if (++count % page == 0 && request.id.empty())
                out.checkpoint({sku});
        }
        if (request.id.empty())
            out.checkpoint({""});
        return Class::Done;
    }

    static Listing listing(const std::string& sku, const Stocked& stocked)
    {
        Listing listing;
        listing.externalId = sku;
        listing.sku = sku;
        listing.title = sku;
        listing.quantity = stocked.quantity;
        listing.updatedAt = stocked.updatedAt;
        return listing;
    }

    const Host _host;
    const std::int64_t _latency;
    const Fault _fault;
    const std::shared_ptr<SandboxShop> _shop;
};

} // namespace sandbox

SPOKEHUB_EXPORT(sandbox::SandboxSpoke);
