#include "sim/ShopSpoke.h"

#include <algorithm>

namespace spokehub::sim
{

namespace
{

using namespace std::chrono_literals;
using spokes::DocumentKind;

constexpr std::size_t pageOrders = 10;
constexpr auto overlap = 60s; // lists lag behind by less

/// "2026-11-20T12:00:00Z/o7": where a pull stopped.
struct Cursor
{
    Time at;
    std::string id;
};

Cursor readCursor(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return {};
    return {timeFromIso(text.substr(0, slash)).value_or(Time{}),
            std::string(text.substr(slash + 1))};
}

std::string checkpoint(Time at, const std::string& id)
{
    JsonWriter json;
    return json.beginObject().member("cursor", toIso(at) + "/" + id).endObject().take();
}

} // namespace

// ---------------------------------------------------------------- webhooks

spokes::Accepted ShopSpoke::accept(const spokes::WebhookRequest& request) const
{
    spokes::Accepted accepted;
    accepted.verdict = spokes::AcceptVerdict::Genuine;
    accepted.messageId = request.query;
    accepted.topic = request.topic;
    return accepted;
}

spokes::Answer ShopSpoke::translate(const spokes::StoredMessage& message) const
{
    const auto document = JsonDocument::parse(message.body);
    if (!document)
        return {{Class::Bug, "not JSON", {}, {}}, {}};
    spokes::Answer answer;
    document->root()["facts"].each([&](Json fact) {
        answer.documents.push_back({DocumentKind::Fact, fact.dump()});
        return true;
    });
    if (const Json fetch = document->root()["fetch"])
        answer.documents.push_back({DocumentKind::Fetch, fetch.dump()});
    return answer;
}

// ---------------------------------------------------------------- the network

std::chrono::microseconds ShopSpoke::latency()
{
    return _world.random.around(_world.random.percent(_shop.mischief.slow) ? 5s : 60ms);
}

std::optional<spokes::Verdict> ShopSpoke::turnedAway()
{
    Random& random = _world.random;
    const Mischief& mischief = _shop.mischief;
    if (random.percent(mischief.limit))
        return spokes::Verdict{Class::RateLimited,
                               "429",
                               random.percent(50) ? std::optional(2000ms) : std::nullopt,
                               {}};
    if (random.percent(mischief.fail))
        return spokes::Verdict{Class::Retry, "503", {}, {}};
    if (random.below(1000) < mischief.auth)
        return spokes::Verdict{Class::Auth, "401", {}, {}};
    return std::nullopt;
}

// ---------------------------------------------------------------- pull

bool ShopSpoke::give(const ShopOrder& order, const spokes::DocumentSink& sink) const
{
    for (const std::string& document : _shop.documentsOf(order, _clock.now()))
        if (!sink(DocumentKind::Fact, document))
            return false;
    return true;
}

bool ShopSpoke::giveQuantities(std::string_view stream, const spokes::DocumentSink& sink) const
{
    for (const Product& product : _shop.products) {
        JsonWriter json;
        json.beginObject().member("stock_id", product.id).member("quantity", product.shown);
        if (_shop.traits.tellsTimes)
            json.member("updated_at", toIso(product.shownAt));
        if (stream == "listings")
            json.member("external_id", product.id)
                .member("sku", product.sku)
                .member("tracked", true);
        const auto kind = stream == "listings" ? DocumentKind::Listing : DocumentKind::Level;
        if (!sink(kind, json.endObject().take()))
            return false;
    }
    return true;
}

spokes::Verdict ShopSpoke::pullOrders(Json request, const spokes::DocumentSink& sink)
{
    if (const auto id = request.textOr("id"); !id.empty()) {
        const auto order = _shop.orders.find(std::string(id));
        if (order != _shop.orders.end())
            give(order->second, sink);
        return {};
    }
    const Cursor from = readCursor(request.textOr("cursor"));
    std::vector<std::pair<Time, std::string>> due;
    for (const auto& [id, order] : _shop.orders)
        if (order.updatedAt >= from.at - overlap && order.listedAt <= _world.now())
            due.emplace_back(order.updatedAt, id);
    std::ranges::sort(due);
    for (std::size_t i = 0; i < due.size(); ++i) {
        if (!give(_shop.orders.at(due[i].second), sink))
            return {Class::Cancelled, "no more was wanted", {}, {}};
        const Time reached = std::max(from.at, due[i].first);
        if ((i + 1) % pageOrders != 0 && i + 1 < due.size())
            continue;
        if (!sink(DocumentKind::Checkpoint, checkpoint(reached, due[i].second)))
            return {Class::Cancelled, "no more was wanted", {}, {}};
        if (i + 1 < due.size()) {
            _pass(latency());
            if (auto verdict = turnedAway())
                return std::move(*verdict);
        }
    }
    return {};
}

spokes::Verdict ShopSpoke::pull(const spokes::Call&, std::string_view stream,
                                std::string_view request, const spokes::DocumentSink& sink)
{
    _pass(latency());
    auto verdict = turnedAway();
    if (!verdict) {
        const auto document = JsonDocument::parse(request);
        if (stream == "orders")
            verdict = pullOrders(document->root(), sink);
        else
            verdict = giveQuantities(stream, sink)
                          ? spokes::Verdict{}
                          : spokes::Verdict{Class::Cancelled, "no more was wanted", {}, {}};
    }
    _world.note(_shop.traits.name + " pull " + std::string(stream) + " " + std::string(request) +
                ": " + std::string(toText(verdict->kind)));
    return std::move(*verdict);
}

// ---------------------------------------------------------------- push

std::string ShopSpoke::setStock(const std::string& id, std::int64_t quantity,
                                std::optional<std::int64_t> expected)
{
    Product* product = _shop.product(id);
    if (product == nullptr)
        return R"("class": "rejected", "reason": "no such product")";
    if (_shop.traits.compares && expected && product->shown != *expected)
        return R"("class": "conflict", "reason": "it shows another quantity", "observed": )" +
               std::to_string(product->shown);
    _shop.show(*product, quantity);
    return R"("class": "done")";
}

std::string ShopSpoke::ship(Json item)
{
    const std::string order(item.textOr("order_id"));
    const std::string tracking(item.textOr("tracking_number"));
    const auto found = _shop.orders.find(order);
    if (found == _shop.orders.end())
        return R"("class": "rejected", "reason": "no such order")";
    if (item.textOr("previous") == "unknown_outcome") // it may be there already
        for (const Fulfilment& each : found->second.fulfilments)
            if (each.tracking == tracking)
                return R"("class": "done", "external_id": ")" + each.id + "\"";
    std::vector<Units> units;
    item["lines"].each([&](Json line) {
        units.push_back({std::string(line.textOr("line_id")), line.integerOr("quantity")});
        return true;
    });
    const auto fulfilment = _shop.fulfil(order, tracking, units);
    if (!fulfilment)
        return R"("class": "rejected", "reason": "these units are not open")";
    return R"("class": "done", "external_id": ")" + *fulfilment + "\"";
}

std::string ShopSpoke::apply(Json item, std::string_view kind)
{
    if (kind == "shipment")
        return ship(item);
    return setStock(std::string(item.textOr("external_id")), item.integerOr("quantity"),
                    item["expected"].integer());
}

/// The shop took it, answered nobody, and does it when it gets to it.
void ShopSpoke::applyLate(Json item)
{
    const std::string id(item.textOr("external_id"));
    const std::int64_t quantity = item.integerOr("quantity");
    const auto expected = item["expected"].integer();
    _world.after(_world.random.around(20s),
                 [&world = _world, &shop = _shop, id, quantity, expected] {
                     Product& product = *shop.product(id);
                     if (shop.traits.compares && expected && product.shown != *expected)
                         return;
                     product.lost += std::max<std::int64_t>(0, product.shown - quantity);
                     world.note("late:");
                     shop.show(product, quantity);
                 });
}

spokes::Answer ShopSpoke::push(const spokes::Call&, std::string_view batch)
{
    Random& random = _world.random;
    const Mischief& mischief = _shop.mischief;
    const bool alive = _pass(latency());
    if (!alive && random.percent(50))
        return {{Class::Cancelled, "the hub died before it was sent", {}, {}}, {}};
    if (auto verdict = turnedAway()) {
        _world.note(_shop.traits.name + " push: " + std::string(toText(verdict->kind)));
        return {std::move(*verdict), {}};
    }
    const auto document = JsonDocument::parse(batch);
    const std::string kind(document->root().textOr("kind"));
    const bool partly = random.percent(mischief.partly);
    const bool lost = random.percent(mischief.unknown); // the answer
    spokes::Answer answer;
    document->root()["items"].each([&](Json item) {
        if (partly && random.percent(50))
            return true; // nobody knows
        if (lost && kind == "stock" && random.percent(mischief.late)) {
            applyLate(item);
            return true;
        }
        if (lost && random.percent(30))
            return true; // never
        const bool refused = random.percent(mischief.reject);
        const std::string members =
            refused ? R"("class": "retry", "reason": "not now")" : apply(item, kind);
        answer.documents.push_back(
            {DocumentKind::Result,
             R"({"item": ")" + std::string(item.textOr("item")) + R"(", )" + members + "}"});
        return true;
    });
    _world.note(_shop.traits.name + " push " + std::string(batch) +
                (lost ? ": the answer is lost" : ""));
    _pass(latency());
    if (lost)
        return {{Class::UnknownOutcome, "timeout", {}, {}}, {}};
    return answer;
}

} // namespace spokehub::sim
