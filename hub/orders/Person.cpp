#include "orders/Person.h"

#include <algorithm>
#include <initializer_list>

namespace spokehub::orders
{

namespace
{

constexpr std::size_t textBytesMax = 255;

/// Texts of outsiders: an index holds no long ones, and PostgreSQL no NUL.
std::string shortText(Json object, std::string_view member)
{
    const std::string_view text = object.textOr(member);
    return text.size() > textBytesMax || text.find('\0') != text.npos ? std::string()
                                                                      : std::string(text);
}

void copy(JsonWriter& to, Json from, std::initializer_list<std::string_view> members)
{
    for (const std::string_view member : members)
        if (const Json value = from[member]; value && !value.isObject() && !value.isArray())
            to.key(member).raw(value.dump());
}

void copyStatus(JsonWriter& to, Json status)
{
    if (status.isText())
        to.key("status").raw(status.dump());
    if (!status.isObject())
        return;
    to.key("status").beginObject();
    copy(to, status, {"cancelled", "cancelled_at", "paid", "payment"});
    to.endObject();
}

void copyLines(JsonWriter& to, Json lines)
{
    if (!lines.isArray())
        return;
    to.key("lines").beginArray();
    lines.each([&](Json line) {
        to.beginObject();
        copy(to, line,
             {"line_id", "variant_id", "product_id", "sku", "title", "quantity", "open",
              "unit_price", "requires_shipping", "disposition", "location"});
        to.endObject();
        return true;
    });
    to.endArray();
}

} // namespace

std::string Person::key() const
{
    if (!externalId.empty())
        return "id:" + externalId;
    if (!email.empty())
        return "mail:" + email;
    return phone.empty() ? std::string() : "tel:" + phone;
}

Person personIn(Json customer)
{
    Person person{shortText(customer, "id"), shortText(customer, "email"),
                  shortText(customer, "name"), shortText(customer, "phone")};
    person.email = inSmallLetters(person.email);
    return person;
}

std::string inSmallLetters(std::string_view text)
{
    std::string made(text);
    std::ranges::transform(made, made.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return made;
}

std::string withoutPerson(std::string_view document)
{
    const auto parsed = JsonDocument::parse(document);
    const Json from = parsed ? parsed->root() : Json();
    JsonWriter to;
    to.beginObject();
    copy(to, from,
         {"type", "id", "order_id", "updated_at", "created_at", "read_at", "revision", "number",
          "placed_at", "currency", "test", "amount", "delivered", "external_id", "carrier",
          "tracking_number", "actor"});
    if (from["type"].isText()) // a fulfilment's is the channel's own; a parcel's is a town
        copy(to, from, {"location"});
    copyStatus(to, from["status"]);
    if (const Json totals = from["totals"]; totals.isObject()) {
        to.key("totals").beginObject();
        copy(to, totals,
             {"total", "subtotal", "tax", "shipping", "discount", "buyer_currency", "buyer_total"});
        to.endObject();
    }
    if (const Json country = from["ship_to"]["country"]; country.isText())
        to.key("ship_to").beginObject().key("country").raw(country.dump()).endObject();
    copyLines(to, from["lines"]);
    return to.endObject().take();
}

} // namespace spokehub::orders
