#include "orders/Fact.h"

#include "core/Error.h"

#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <set>

namespace spokehub::orders
{

namespace
{

constexpr std::size_t linesMax = 10'000;
constexpr std::int64_t quantityMax = 1'000'000'000;

[[noreturn]] void refuse(const std::string& member, const std::string& reason)
{
    throw Error(Refusal::Unprocessable, "fact: " + member + " " + reason, {{member, reason}});
}

std::string text(Json object, std::string_view member, bool required = true)
{
    const Json value = object[member];
    const auto content = value.text();
    if (value && !value.isNull() && !content)
        refuse(std::string(member), "is not text");
    if (required && (!content || content->empty()))
        refuse(std::string(member), "is missing");
    return std::string(content.value_or(""));
}

Time time(Json object, std::string_view member)
{
    const auto read = timeFromIso(text(object, member));
    if (!read)
        refuse(std::string(member), "is not a time: " + text(object, member));
    return *read;
}

void checkQuantity(Json line, std::string_view member, bool required, const std::string& where)
{
    const Json value = line[member];
    if (!value || value.isNull()) {
        if (required)
            refuse(where + "." + std::string(member), "is missing");
        return;
    }
    const auto quantity = value.integer();
    if (!quantity || *quantity < 0 || *quantity > quantityMax)
        refuse(where + "." + std::string(member), "is not a quantity: " + value.dump());
}

void checkLines(Json document, bool required)
{
    const Json lines = document["lines"];
    if (!lines.isArray()) {
        if (required || (lines && !lines.isNull()))
            refuse("lines", "is missing or not a list");
        return;
    }
    if (lines.size() > linesMax)
        refuse("lines", "has more than " + std::to_string(linesMax) + " lines");
    std::size_t at = 0;
    std::set<std::string_view> seen;
    lines.each([&](Json line) {
        const std::string where = "lines[" + std::to_string(at++) + "]";
        const auto id = line["line_id"].text();
        if (!id || id->empty())
            refuse(where + ".line_id", "is missing");
        if (document.textOr("type") == "order" && !seen.insert(*id).second)
            refuse(where + ".line_id", "stands twice: " + std::string(*id));
        checkQuantity(line, "quantity", true, where);
        checkQuantity(line, "open", false, where);
        return true;
    });
}

Fact fact(std::string key, Time updatedAt, Time readAt, std::string body)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data());
    std::int64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return {std::move(key), updatedAt, readAt, hash & INT64_MAX, std::move(body)};
}

std::string sticky(std::string_view type, const std::string& orderId, Time at)
{
    JsonWriter body;
    body.beginObject().member("type", type).member("id", type).member("order_id", orderId);
    body.member("updated_at", toIso(at)).endObject();
    return body.take();
}

/// What is told of a thing that happens once is the same however often it is told: the earliest
/// time stands.
Fact stickyFact(std::string_view type, const std::string& orderId, Time at)
{
    Fact once = fact(std::string(type), Time{-at.micros}, {}, sticky(type, orderId, at));
    return once;
}

void readOrder(Json document, std::string_view raw, Facts& facts)
{
    checkLines(document, true);
    const Time updatedAt = time(document, "updated_at");
    time(document, "placed_at");
    text(document, "currency");
    const Json total = document["totals"]["total"];
    if (total && !total.isNull() && !total.integer())
        refuse("totals.total", "is not money in minor units: " + total.dump());
    const Json read = document["read_at"];
    const Time readAt = read.isText() ? time(document, "read_at") : Time{};
    facts.facts.push_back(fact("order", updatedAt, readAt, std::string(raw)));

    const Json status = document["status"];
    if (status.boolOr("paid"))
        facts.facts.push_back(stickyFact("paid", facts.externalId, updatedAt));
    if (status.boolOr("cancelled"))
        facts.facts.push_back(
            stickyFact("cancel", facts.externalId,
                       timeFromIso(status.textOr("cancelled_at")).value_or(updatedAt)));
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
        facts.facts.push_back(stickyFact(type, facts.externalId, time(root, "updated_at")));
    else if (events.contains(type)) {
        checkLines(root, false);
        facts.facts.push_back(fact(type + ":" + text(root, "id"), time(root, "updated_at"), {},
                                   std::string(document)));
    } else
        refuse("type", "is unknown: " + type);
    return facts;
}

std::string ownFulfilmentId(std::string_view shipment)
{
    return "own:" + std::string(shipment);
}

} // namespace spokehub::orders
