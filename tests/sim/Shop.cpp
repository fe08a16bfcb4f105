#include "sim/Shop.h"

#include "core/Json.h"

#include <algorithm>
#include <span>

namespace spokehub::sim
{

namespace
{

using namespace std::chrono_literals;

constexpr std::size_t recentMax = 40;
constexpr int triesMax = 6; // of a webhook that is not taken

std::int64_t sum(const std::vector<Units>& units, const std::string& line)
{
    std::int64_t quantity = 0;
    for (const Units& each : units)
        if (each.line == line)
            quantity += each.quantity;
    return quantity;
}

void writeUnits(JsonWriter& json, const std::vector<Units>& units, const std::string& disposition)
{
    json.key("lines").beginArray();
    for (const Units& each : units) {
        json.beginObject().member("line_id", each.line).member("quantity", each.quantity);
        if (!disposition.empty())
            json.member("disposition", disposition);
        json.endObject();
    }
    json.endArray();
}

} // namespace

std::int64_t ShopOrder::fulfilled(const std::string& line) const
{
    std::int64_t quantity = 0;
    for (const Fulfilment& each : fulfilments)
        if (!each.cancelled)
            quantity += sum(each.units, line);
    return quantity;
}

std::int64_t ShopOrder::refunded(const std::string& line, const std::string& disposition) const
{
    std::int64_t quantity = 0;
    for (const Refund& each : refunds)
        if (each.disposition == disposition)
            quantity += sum(each.units, line);
    return quantity;
}

std::int64_t ShopOrder::open(const ShopLine& line) const
{
    if (cancelled)
        return 0;
    return line.quantity - line.taken - fulfilled(line.id) - refunded(line.id, "cancel");
}

std::int64_t ShopOrder::open() const
{
    std::int64_t units = 0;
    for (const ShopLine& line : lines)
        units += open(line);
    return units;
}

Shop::Shop(World& world, Traits given, std::vector<std::string> skus, Deliver deliver)
    : traits(std::move(given)), _world(world), _deliver(std::move(deliver))
{
    for (std::string& sku : skus)
        products.push_back({.id = traits.name + "-" + sku, .sku = std::move(sku)});
}

std::string Shop::newId(const char* kind)
{
    return traits.name + "-" + kind + std::to_string(++_lastId);
}

// ---------------------------------------------------------------- people

void Shop::buy()
{
    Random& random = _world.random;
    ShopOrder order{.id = newId("o")};
    const bool anything = random.percent(mischief.oversell);
    for (std::int64_t lines = random.between(1, 3); lines > 0; --lines) {
        const auto at =
            static_cast<std::size_t>(random.below(static_cast<std::int64_t>(products.size())));
        Product& product = products[at];
        const std::int64_t most = anything ? 3 : std::min<std::int64_t>(3, product.shown);
        if (most < 1)
            continue;
        const std::int64_t units = random.between(1, most);
        show(product, product.shown - units);
        order.lines.push_back({.id = newId("l"), .product = at, .quantity = units});
    }
    if (order.lines.empty())
        return;
    order.placedAt = clock();
    order.paid = random.percent(70);
    ShopOrder& placed = orders[order.id] = order;
    _recent.push_back(order.id);
    if (_recent.size() > recentMax)
        _recent.erase(_recent.begin());
    touch(placed, "placed");
}

ShopOrder* Shop::someOrder()
{
    if (_recent.empty())
        return nullptr;
    return &orders.at(_world.random.of(_recent));
}

void Shop::work()
{
    ShopOrder* order = someOrder();
    if (order == nullptr)
        return;
    switch (_world.random.below(10)) {
    case 0:
    case 1:
        order->paid = true;
        return touch(*order, "paid");
    case 2:
        return cancel(*order);
    case 3:
        return edit(*order);
    case 4:
        return refundOpen(*order);
    case 5:
        return takeBack(*order);
    case 6:
        return undoFulfilment(*order);
    default:
        return fulfilSome(*order);
    }
}

void Shop::cancel(ShopOrder& order)
{
    if (order.cancelled || order.open() == 0)
        return;
    const bool restock = _world.random.percent(70); // the staff is asked each time
    for (const ShopLine& line : order.lines)
        if (Product& product = products[line.product]; restock)
            show(product, product.shown + order.open(line));
    order.cancelled = true;
    touch(order, "cancelled");
}

/// Units are added to or taken from a line, or a line is added.
void Shop::edit(ShopOrder& order)
{
    if (order.cancelled)
        return;
    Random& random = _world.random;
    ShopLine& line = random.of(order.lines);
    Product& product = products[line.product];
    if (random.percent(50) && order.open(line) > 0) {
        const std::int64_t units = random.between(1, order.open(line));
        line.taken += units;
        show(product, product.shown + units);
        return touch(order, "edited: " + std::to_string(units) + " less of " + line.id);
    }
    if (product.shown < 1)
        return;
    show(product, product.shown - 1);
    if (random.percent(50))
        line.quantity += 1;
    else
        order.lines.push_back({.id = newId("l"), .product = line.product, .quantity = 1});
    touch(order, "edited: one more");
}

/// Units that were not sent are refunded: they are not sent any more.
void Shop::refundOpen(ShopOrder& order)
{
    const ShopLine& line = _world.random.of(order.lines);
    if (order.open(line) < 1)
        return;
    const std::int64_t units = _world.random.between(1, order.open(line));
    if (Product& product = products[line.product]; _world.random.percent(70))
        show(product, product.shown + units);
    order.refunds.push_back({newId("r"), clock(), "cancel", {{line.id, units}}});
    touch(order, "refunded: " + std::to_string(units) + " of " + line.id);
}

/// Goods that were sent come back.
void Shop::takeBack(ShopOrder& order)
{
    const ShopLine& line = _world.random.of(order.lines);
    const std::int64_t out = order.fulfilled(line.id) - order.refunded(line.id, "return");
    if (out < 1)
        return;
    const std::int64_t units = _world.random.between(1, out);
    order.refunds.push_back({newId("r"), clock(), "return", {{line.id, units}}});
    touch(order, "returned: " + std::to_string(units) + " of " + line.id);
}

void Shop::fulfilSome(ShopOrder& order)
{
    std::vector<Units> units;
    for (const ShopLine& line : order.lines)
        if (const std::int64_t open = order.open(line); open > 0 && _world.random.percent(70))
            units.push_back({line.id, _world.random.between(1, open)});
    if (!units.empty())
        fulfil(order.id, "T-" + newId("t"), units);
}

/// Only when nothing of the order has come back: else it would be more than went out.
void Shop::undoFulfilment(ShopOrder& order)
{
    const bool returned = std::ranges::any_of(
        order.refunds, [](const Refund& refund) { return refund.disposition == "return"; });
    if (order.fulfilments.empty() || returned || order.cancelled)
        return;
    Fulfilment& fulfilment = _world.random.of(order.fulfilments);
    if (fulfilment.cancelled)
        return;
    fulfilment.cancelled = true;
    fulfilment.updatedAt = clock() + 1s; // a fact of the same second would not be newer
    touch(order, "fulfilment undone: " + fulfilment.id);
}

// ---------------------------------------------------------------- the interface

Product* Shop::product(const std::string& id)
{
    const auto found = std::ranges::find(products, id, &Product::id);
    return found == products.end() ? nullptr : &*found;
}

void Shop::show(Product& product, std::int64_t quantity)
{
    product.shown = quantity;
    product.shownAt = clock();
    _world.note(product.id + " shows " + std::to_string(quantity));
}

std::optional<std::string> Shop::fulfil(const std::string& id, const std::string& tracking,
                                        const std::vector<Units>& units)
{
    const auto found = orders.find(id);
    if (found == orders.end())
        return std::nullopt;
    ShopOrder& order = found->second;
    for (const Units& each : units) {
        const auto line = std::ranges::find(order.lines, each.line, &ShopLine::id);
        if (line == order.lines.end() || order.open(*line) < each.quantity)
            return std::nullopt;
    }
    order.fulfilments.push_back({newId("f"), tracking, clock(), clock(), false, units});
    const std::string fulfilment = order.fulfilments.back().id;
    touch(order, "fulfilled: " + fulfilment + " " + tracking);
    return fulfilment;
}

void Shop::touch(ShopOrder& order, const std::string& what)
{
    order.updatedAt = clock();
    order.revision = std::min(order.revision + 1, 127);
    order.listedAt = _world.now() + std::chrono::milliseconds(_world.random.below(20'000));
    _world.note(order.id + " " + what);
    tell(order);
}

std::string Shop::snapshotOf(const ShopOrder& order, std::optional<Time> readAt) const
{
    JsonWriter json;
    json.beginObject().member("type", "order").member("order_id", order.id);
    json.member("updated_at", toIso(order.updatedAt)).member("revision", order.revision);
    if (readAt)
        json.member("read_at", toIso(*readAt));
    json.member("number", order.id).member("placed_at", toIso(order.placedAt));
    json.member("currency", "USD").key("status").beginObject();
    json.member("paid", order.paid).member("cancelled", order.cancelled);
    json.member("payment", order.paid ? "paid" : "pending").endObject();
    json.key("totals").beginObject().member("total", 1000).endObject();
    json.key("lines").beginArray();
    for (const ShopLine& line : order.lines) {
        const Product& product = products[line.product];
        json.beginObject().member("line_id", line.id).member("variant_id", product.id);
        json.member("sku", product.sku).member("quantity", line.quantity);
        json.member("open", order.open(line)).member("unit_price", 1000).endObject();
    }
    return json.endArray().endObject().take();
}

std::vector<std::string> Shop::documentsOf(const ShopOrder& order, std::optional<Time> readAt) const
{
    std::vector<std::string> documents{snapshotOf(order, readAt)};
    const auto begin = [&](const char* type, const std::string& id, Time at, Time updatedAt) {
        JsonWriter json;
        json.beginObject().member("type", type).member("id", id).member("order_id", order.id);
        json.member("created_at", toIso(at)).member("updated_at", toIso(updatedAt));
        return json;
    };
    for (const Fulfilment& each : order.fulfilments) {
        JsonWriter json = begin("fulfilment", each.id, each.at, each.updatedAt);
        json.member("status", each.cancelled ? "cancelled" : "success");
        json.member("tracking_number", each.tracking);
        writeUnits(json, each.units, {});
        documents.push_back(json.endObject().take());
    }
    for (const Refund& each : order.refunds) {
        JsonWriter json = begin("refund", each.id, each.at, each.at);
        json.member("amount", 0).member("currency", "USD");
        writeUnits(json, each.units, each.disposition);
        documents.push_back(json.endObject().take());
    }
    return documents;
}

// ---------------------------------------------------------------- webhooks

/// The order as it stands, or each of its documents in a message of its own, or only its name.
void Shop::tell(const ShopOrder& order)
{
    if (traits.thin) {
        JsonWriter json;
        json.beginObject().key("fetch").beginObject().member("stream", "orders");
        return send("orders/changed", json.member("id", order.id).endObject().endObject().take());
    }
    const auto documents = documentsOf(order);
    const auto pack = [](std::span<const std::string> packed) {
        JsonWriter json;
        json.beginObject().key("facts").beginArray();
        for (const std::string& each : packed)
            json.raw(each);
        return json.endArray().endObject().take();
    };
    if (_world.random.percent(50))
        return send("orders/updated", pack(documents));
    for (const std::string& each : documents)
        send("orders/news", pack({&each, 1}));
}

void Shop::send(std::string topic, std::string body)
{
    Random& random = _world.random;
    if (random.percent(mischief.poison))
        attempt({newId("w"), "orders/poison", "this is no document"}, 1);
    Webhook webhook{newId("w"), std::move(topic), std::move(body)};
    int copies = random.percent(mischief.lose) ? 0 : 1;
    while (copies > 0 && copies < 4 && random.percent(mischief.repeat))
        ++copies;
    for (; copies > 0; --copies) {
        const bool late = random.percent(mischief.delay);
        _world.after(random.around(late ? 120s : 150ms), [this, webhook] { attempt(webhook, 1); });
    }
}

void Shop::attempt(const Webhook& webhook, int tries)
{
    ++_webhooks;
    _deliver(webhook, [this, webhook, tries](bool taken) {
        if (taken || tries >= triesMax)
            return;
        _world.after(_world.random.around(std::chrono::seconds(2 << tries)),
                     [this, webhook, tries] { attempt(webhook, tries + 1); });
    });
}

} // namespace spokehub::sim
