#include "ShopifyStock.h"

#include "Queries.h"
#include "ShopifyListings.h"

#include <algorithm>
#include <set>

namespace spokehub::shopify
{

namespace
{

constexpr int roundsMax = 6; // each one settles an item at least, mostly all of them

/// Text inside single quotes of Shopify's search.
std::string searchTerm(std::string_view text)
{
    std::string made = "'";
    for (const char c : text) {
        if (c == '\'' || c == '"' || c == '\\')
            made += '\\';
        made += c;
    }
    return made += '\'';
}

/// ["input", "quantities", "3", "locationId"] names the fourth item.
std::optional<std::size_t> indexIn(const JsonObject& error, std::size_t count)
{
    const std::vector<std::string_view> path = error.texts("field");
    std::size_t index = 0;
    if (path.size() < 3 || path[1] != "quantities" || path[2].empty() || path[2].size() > 4)
        return std::nullopt;
    for (const char c : path[2]) {
        if (c < '0' || c > '9')
            return std::nullopt;
        index = index * 10 + static_cast<std::size_t>(c - '0');
    }
    return index < count ? std::optional(index) : std::nullopt;
}

} // namespace

Class StockPush::run(const std::vector<StockItem>& items)
{
    for (const StockItem& item : items) {
        Line line{&item, item.stockId};
        if (!line.stockId.empty() || resolve(line))
            _lines.push_back(std::move(line));
    }
    refuseTwins();
    while (!_lines.empty() && _round < roundsMax) {
        if (_host.cancelled())
            return Class::Cancelled;
        if (set())
            return Class::Done;
        ++_round;
    }
    for (Line& line : _lines)
        settle(line, Class::Retry, "the shop kept changing while its stock was set");
    return Class::Done;
}

/// Finds the inventory item by SKU. SKUs are not unique at Shopify, and its search finds more than
/// was asked for.
bool StockPush::resolve(Line& line)
{
    const StockItem& item = *line.item;
    if (item.sku.empty()) {
        settle(line, Class::Unmatched, "the listing has neither an inventory item nor a SKU");
        return false;
    }
    std::string variables;
    JsonText(variables).beginObject().member("query", "sku:" + searchTerm(item.sku)).endObject();
    const JsonObject data = _api.call(queries::variantBySku, variables, _out);
    const JsonObject variants = data.required("productVariants");
    int hits = 0;
    variants.each("nodes", [&](const JsonObject& one) {
        const std::string_view id = numberOfGid(one.text("id"), "ProductVariant");
        if (one.sku() != item.sku || (!item.externalId.empty() && id != item.externalId))
            return;
        const JsonObject stock = one.required("inventoryItem");
        line.stockId = numberOfGid(stock.text("id"), "InventoryItem");
        ++hits;
    });
    if (hits == 0)
        settle(line, Class::Unmatched, "the shop has no variant with the SKU " + item.sku);
    else if (hits > 1)
        settle(line, Class::Rejected,
               "mapping error: " + std::to_string(hits) + " variants of the shop have the SKU " +
                   item.sku + "; give each its own");
    return hits == 1;
}

/// Shopify refuses one inventory item twice in a call, and two quantities for one thing make no
/// sense.
void StockPush::refuseTwins()
{
    std::set<std::string> seen;
    for (Line& line : _lines)
        if (!seen.insert(line.stockId).second)
            settle(line, Class::Rejected,
                   "mapping error: two listings share the inventory item " + line.stockId);
    std::erase_if(_lines, [](const Line& line) { return line.settled; });
}

bool StockPush::set()
{
    std::string variables;
    JsonText json(variables);
    json.beginObject().key("input").raw(input()).member("key", key("set")).endObject();
    Refusals refusals;
    {
        const JsonObject data = _api.call(queries::setAvailable, variables, _out);
        const JsonObject payload = data.required("inventorySetQuantities");
        refusals = read(payload);
    }
    if (!refusals.stale && !refusals.again && refusals.notStocked.empty() &&
        std::none_of(_lines.begin(), _lines.end(), [](const Line& line) { return line.settled; }))
    {
        for (Line& line : _lines)
            settle(line, Class::Done);
        return true;
    }
    for (const std::size_t index : refusals.notStocked)
        if (!_lines[index].settled)
            activate(_lines[index]);
    if (refusals.stale)
        observe();
    std::erase_if(_lines, [](const Line& line) { return line.settled; });
    return _lines.empty();
}

std::string StockPush::input() const
{
    std::string text;
    JsonText json(text);
    json.beginObject().member("name", "available").member("reason", "correction");
    json.member("referenceDocumentUri", "gid://spokehub/StockPush/" + key("document"));
    json.key("quantities").beginArray();
    for (const Line& line : _lines) {
        json.beginObject().member("inventoryItemId", gidOf("InventoryItem", line.stockId));
        json.member("locationId", _settings.location).member("quantity", line.item->quantity);
        json.member("changeFromQuantity", line.item->expected)
            .endObject(); // null must be said: no check
    }
    json.endArray().endObject();
    return text;
}

/// A UUID that is the same whenever the same items are sent, and another one for anything else.
std::string StockPush::key(std::string_view purpose) const
{
    std::string text;
    JsonText json(text);
    json.beginArray().value(purpose).value(_round).value(_settings.location);
    for (const Line& line : _lines)
        json.value(line.item->key)
            .value(line.stockId)
            .value(line.item->quantity)
            .value(line.item->expected);
    json.endArray();
    auto mac = _host.hmacSha256("access_token", 0, text);
    if (!mac)
        throw Failure(Class::Config, "secret 'access_token' is missing");
    mac->resize(16);
    (*mac)[6] =
        static_cast<char>(((*mac)[6] & 0x0f) | 0x80); // version 8: made by a rule of our own
    (*mac)[8] = static_cast<char>(((*mac)[8] & 0x3f) | 0x80);
    std::string uuid = toHex(*mac);
    for (const std::size_t at : {20u, 16u, 12u, 8u})
        uuid.insert(at, 1, '-');
    return uuid;
}

StockPush::Refusals StockPush::read(const JsonObject& payload)
{
    Refusals refusals;
    payload.each("userErrors", [&](const JsonObject& error) {
        const std::string_view code = error.text("code");
        const std::string message(error.text("message"));
        if (const auto index = indexIn(error, _lines.size()))
            refuse(_lines[*index], code, message, refusals, *index);
        else if (code == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" ||
                 code == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
        {
            refusals.again = true;
            if (code == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
                _host.log(LogLevel::Error,
                          "one idempotency key was used for two changes of stock: " + message);
        } else if (code.find("QUANTITY_STALE") != code.npos)
            refusals.stale = true;
        else
            refuseAll(code, message);
    });
    return refusals;
}

void StockPush::refuse(Line& line, std::string_view code, const std::string& message,
                       Refusals& refusals, std::size_t index)
{
    if (line.settled)
        return; // one item may have several errors; the first one stands
    if (code == "INVALID_LOCATION")
        throw Failure(Class::Config, "the shop has no location " + _settings.location +
                                         ": correct the setting 'location'");
    if (code.find("QUANTITY_STALE") != code.npos)
        refusals.stale = true;
    else if (code == "ITEM_NOT_STOCKED_AT_LOCATION")
        refusals.notStocked.push_back(index);
    else if (code == "INVALID_INVENTORY_ITEM")
        settle(line, Class::Unmatched, "the shop has no inventory item " + line.stockId);
    else
        settle(line, Class::Rejected, std::string(code) + ": " + message);
}

void StockPush::refuseAll(std::string_view code, const std::string& message)
{
    if (code == "IDEMPOTENCY_CONCURRENT_REQUEST")
        throw Failure(Class::Retry, "the same change is still being made: " + message);
    throw Failure(Class::Bug, "Shopify refuses the call (" + std::string(code) + "): " + message);
}

/// The shop moved first, often by an order that the hub has not seen: what it shows now is told for
/// each item that differs from what was expected; the others go on.
void StockPush::observe()
{
    std::vector<std::string> ids;
    for (const Line& line : _lines)
        if (!line.settled && line.item->expected)
            ids.push_back(line.stockId);
    for (const Level& level : levelsOf(_api, _settings, ids, _out))
        for (Line& line : _lines) {
            if (line.settled || line.stockId != level.stockId ||
                level.quantity == line.item->expected)
                continue;
            // After a lost answer the difference may be our own write.
            if (line.item->previous == Class::UnknownOutcome &&
                level.quantity == line.item->quantity)
                settle(line, Class::Done);
            else
                settle(line, Class::Conflict, "the shop shows another quantity than was expected",
                       level.quantity);
        }
}

void StockPush::activate(Line& line)
{
    std::string variables;
    JsonText json(variables);
    json.beginObject()
        .member("item", gidOf("InventoryItem", line.stockId))
        .member("location", _settings.location);
    json.member("available", line.item->quantity)
        .member("key", key("activate " + line.stockId))
        .endObject();
    const JsonObject data = _api.call(queries::activate, variables, _out);
    const JsonObject payload = data.required("inventoryActivate");
    const std::string refused = userErrors(payload);
    if (refused.empty())
        settle(line, Class::Done);
    else if (refused.find("already active") == refused.npos) // then it is set with the others
        settle(line, Class::Rejected, refused);
}

void StockPush::settle(Line& line, Class kind, const std::string& reason,
                       std::optional<std::int64_t> observed)
{
    line.settled = true;
    Result result;
    result.item = line.item->item;
    result.kind = kind;
    result.reason = reason;
    result.observed = observed;
    _out.result(result);
}

} // namespace spokehub::shopify
