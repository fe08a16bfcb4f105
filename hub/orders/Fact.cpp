#include "orders/Fact.h"

#include "core/Digest.h"
#include "core/Error.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace spokehub::orders
{

namespace
{

constexpr std::size_t linesMax = 10'000;
constexpr std::size_t textBytesMax = 255; // of what is a key, or stands in an index
constexpr std::size_t trackingBytesMax = 100;
constexpr std::int64_t quantityMax = 1'000'000'000;

[[noreturn]] void refuse(const std::string& member, const std::string& reason)
{
    throw Error(Refusal::Unprocessable, "fact: " + member + " " + reason, {{member, reason}});
}

/// A text member that may be null or left out.
std::string_view maybeText(Json object, std::string_view member, const std::string& where = {})
{
    const Json value = object[member];
    const auto content = value.text();
    if (value && !value.isNull() && !content)
        refuse(where + std::string(member), "is not text");
    if (content && content->find('\0') != std::string_view::npos)
        refuse(where + std::string(member), "holds a NUL character");
    return content.value_or("");
}

std::string_view shortText(Json object, std::string_view member, const std::string& where = {})
{
    const auto content = maybeText(object, member, where);
    if (content.size() > textBytesMax)
        refuse(where + std::string(member),
               "is longer than " + std::to_string(textBytesMax) + " bytes");
    return content;
}

std::string text(Json object, std::string_view member, const std::string& where = {})
{
    const auto content = shortText(object, member, where);
    if (content.empty())
        refuse(where + std::string(member), "is missing");
    return std::string(content);
}

Time time(Json object, std::string_view member)
{
    const auto read = timeFromIso(text(object, member));
    if (!read)
        refuse(std::string(member), "is not a time: " + text(object, member));
    return *read;
}

void checkMoney(Json object, std::string_view member, const std::string& where = {})
{
    const Json value = object[member];
    if (value && !value.isNull() && !value.integer())
        refuse(where + std::string(member), "is not money in minor units: " + value.dump());
}

void checkQuantity(Json line, std::string_view member, bool required, const std::string& where)
{
    const Json value = line[member];
    if (!value || value.isNull()) {
        if (required)
            refuse(where + std::string(member), "is missing");
        return;
    }
    const auto quantity = value.integer();
    if (!quantity || *quantity < 0 || *quantity > quantityMax)
        refuse(where + std::string(member), "is not a quantity: " + value.dump());
}

void checkBoolean(Json object, std::string_view member, const std::string& where = {})
{
    const Json value = object[member];
    if (value && !value.isNull() && !value.boolean())
        refuse(where + std::string(member), "is neither true nor false: " + value.dump());
}

/// An object that may be null or left out.
Json maybeObject(Json document, std::string_view member)
{
    const Json value = document[member];
    if (value && !value.isNull() && !value.isObject())
        refuse(std::string(member), "is not an object");
    return value;
}

void checkDisposition(Json line, const std::string& where)
{
    const auto word = maybeText(line, "disposition", where);
    if (!word.empty() && word != "cancel" && word != "return" && word != "none")
        refuse(where + "disposition", "is none of cancel, return, none: " + std::string(word));
}

void checkLines(Json document, bool ofOrder)
{
    const Json lines = document["lines"];
    if (!lines.isArray()) {
        if (ofOrder || (lines && !lines.isNull()))
            refuse("lines", "is missing or not a list");
        return;
    }
    if (lines.size() > linesMax)
        refuse("lines", "has more than " + std::to_string(linesMax) + " lines");
    std::size_t at = 0;
    std::set<std::string> seen;
    lines.each([&](Json line) {
        const std::string where = "lines[" + std::to_string(at++) + "].";
        std::string id = text(line, "line_id", where);
        checkQuantity(line, "quantity", true, where);
        checkDisposition(line, where);
        if (!ofOrder)
            return true;
        checkQuantity(line, "open", false, where);
        checkMoney(line, "unit_price", where);
        shortText(line, "variant_id", where);
        shortText(line, "sku", where);
        maybeText(line, "title", where);
        if (const auto [twin, isNew] = seen.insert(std::move(id)); !isNew)
            refuse(where + "line_id", "stands twice: " + *twin);
        return true;
    });
}

/// `revision` stands above the hash: it decides first.
Fact fact(std::string key, Time updatedAt, Time readAt, std::string body, std::int64_t revision = 0)
{
    const Digest digest = sha256(body);
    std::int64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    const std::int64_t order =
        std::clamp<std::int64_t>(revision, 0, 127) << 56 | (hash & (INT64_MAX >> 7));
    return {std::move(key), updatedAt, readAt, order, std::move(body)};
}

/// What is told of a thing that happens once is the same however often it is told: the earliest
/// time stands.
Fact stickyFact(std::string_view type, const std::string& orderId, Time at,
                std::string_view reason = {}, std::string_view actor = {})
{
    JsonWriter body;
    body.beginObject().member("type", type).member("id", type).member("order_id", orderId);
    body.member("updated_at", toIso(at)).member("reason", reason);
    if (!actor.empty()) // one of ours, not the channel's
        body.member("actor", actor);
    body.endObject();
    return fact(std::string(type), Time{-at.micros}, {}, body.take());
}

void readOrder(Json document, std::string_view raw, Facts& facts)
{
    checkLines(document, true);
    const Time updatedAt = time(document, "updated_at");
    time(document, "placed_at");
    text(document, "currency");
    maybeText(document, "number");
    for (const char* sum : {"total", "subtotal", "tax", "shipping", "discount", "buyer_total"})
        checkMoney(maybeObject(document, "totals"), sum, "totals.");
    maybeObject(document, "customer");
    maybeObject(document, "ship_to");
    checkBoolean(document, "test");
    const Json status = maybeObject(document, "status");
    for (const char* said : {"paid", "cancelled"})
        checkBoolean(status, said, "status.");
    for (const char* word : {"payment", "cancel_reason", "cancelled_at"})
        maybeText(status, word, "status.");
    const Json read = document["read_at"];
    const Time readAt = read && !read.isNull() ? time(document, "read_at") : Time{};
    facts.facts.push_back(
        fact("order", updatedAt, readAt, std::string(raw), document.integerOr("revision")));

    if (status.boolOr("paid"))
        facts.facts.push_back(stickyFact("paid", facts.externalId, updatedAt));
    if (status.boolOr("cancelled"))
        facts.facts.push_back(
            stickyFact("cancel", facts.externalId,
                       timeFromIso(status.textOr("cancelled_at")).value_or(updatedAt),
                       status.textOr("cancel_reason")));
}

} // namespace

Facts readFacts(std::string_view document)
{
    std::string why;
    const auto parsed = JsonDocument::parse(document, &why);
    if (!parsed)
        throw Error(Refusal::Unprocessable, "a fact is not JSON: " + why);
    const Json root = parsed->root();
    const std::string type = text(root, "type");

    Facts facts;
    facts.externalId = text(root, "order_id");
    static const std::set<std::string, std::less<>> events = {
        "fulfilment", "refund",    "hold",     "release",  "confirmed",
        "packed",     "delivered", "returned", "completed"};
    if (type == "order")
        readOrder(root, document, facts);
    else if (type == "paid" || type == "cancel")
        facts.facts.push_back(stickyFact(type, facts.externalId, time(root, "updated_at"),
                                         maybeText(root, "reason"), maybeText(root, "actor")));
    else if (events.contains(type)) {
        checkLines(root, false);
        checkMoney(root, "amount");
        checkBoolean(root, "delivered");
        maybeText(root, "reason");
        facts.facts.push_back(fact(type + ":" + text(root, "id"), time(root, "updated_at"), {},
                                   std::string(document)));
        if (const auto key = trackingKey(maybeText(root, "tracking_number"));
            type == "fulfilment" && key.size() <= trackingBytesMax)
            facts.facts.back().tracking = key;
    } else
        refuse("type", "is unknown: " + type);
    return facts;
}

Fact readParcel(std::string_view document)
{
    std::string why;
    const auto parsed = JsonDocument::parse(document, &why);
    if (!parsed)
        throw Error(Refusal::Unprocessable, "a parcel is not JSON: " + why);
    const Json root = parsed->root();
    const std::string key = trackingKey(text(root, "tracking_number"));
    if (key.empty() || key.size() > trackingBytesMax)
        refuse("tracking_number",
               "has not 1 to " + std::to_string(trackingBytesMax) + " letters and digits");
    // Of one moment, what is further on its way stands.
    constexpr std::array<std::string_view, 6> statuses = {
        "announced", "in_transit", "out_for_delivery", "failed", "delivered", "returned"};
    const std::string status = text(root, "status");
    const auto at = std::ranges::find(statuses, status);
    if (at == statuses.end())
        refuse("status", "is none of announced, in_transit, out_for_delivery, failed, delivered, "
                         "returned: " +
                             status);
    for (const char* member : {"carrier", "tracking_url", "location", "message"})
        maybeText(root, member);
    Fact news = fact(std::string(parcelFactPrefix) + key, time(root, "updated_at"), {},
                     std::string(document), at - statuses.begin());
    news.tracking = key;
    return news;
}

Fact erasedFact(std::string_view orderId, Time at)
{
    return stickyFact(erasedFactKey, std::string(orderId), at);
}

std::string trackingKey(std::string_view number)
{
    std::string key;
    for (const char c : number)
        if (c != ' ' && c != '\t' && c != '-')
            key += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return key;
}

std::string ownFulfilmentId(std::string_view shipment)
{
    return "own:" + std::string(shipment);
}

} // namespace spokehub::orders
