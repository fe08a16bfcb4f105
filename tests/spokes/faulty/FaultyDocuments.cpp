#include "FaultyDocuments.h"

#include "Fault.h"

#include <initializer_list>

namespace faulty
{

namespace
{

using namespace spokehub;

[[noreturn]] void refuse(const std::string& what)
{
    throw Failure(Class::Rejected, what);
}

void onlyKnown(const Json& object, std::initializer_list<std::string_view> known)
{
    for (const auto& [name, value] : object.items())
        if (std::find(known.begin(), known.end(), name) == known.end())
            refuse("'" + name + "' is not known");
}

const Json& member(const Json& object, const char* name)
{
    static const Json none;
    if (!object.is_object())
        refuse("the body must be an object");
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

std::string text(const Json& object, const char* name)
{
    const Json& value = member(object, name);
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
        refuse(std::string("'") + name + "' must be text");
    return value.get<std::string>();
}

std::int64_t count(const Json& object, const char* name)
{
    const Json& value = member(object, name);
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0)
        refuse(std::string("'") + name + "' must be an integer of 0 or more");
    return value.get<std::int64_t>();
}

} // namespace

Order orderOf(const Json& from)
{
    if (has("translate.extra_members"))
        onlyKnown(from, {"id", "updated_at", "currency", "lines"});
    Order order;
    order.orderId = text(from, "id");
    order.number = "#" + order.orderId;
    order.updatedAt = text(from, "updated_at");
    if (!microsFromIso(order.updatedAt))
        refuse("'updated_at' must be a time");
    order.placedAt = order.updatedAt;
    order.currency = text(from, "currency");
    const Json& lines = member(from, "lines");
    if (!lines.is_array())
        refuse("'lines' must be an array");
    for (const auto& one : lines) {
        OrderLine line;
        line.lineId = text(one, "id");
        line.sku = text(one, "sku");
        line.quantity = count(one, "quantity");
        line.open = count(one, "open");
        line.unitPrice = count(one, "price");
        order.lines.push_back(std::move(line));
    }
    if (has("translate.pairs"))
        order.number = order.orderId;
    return order;
}

void say(const Host& host, std::string_view topic, const Json& body, Out& out)
{
    if (topic == "orders/thin")
        return out.fetch({"orders", text(body, "id")});
    if (topic == "stock/changed")
        return out.level(
            {text(body, "sku"), "", count(body, "quantity"), text(body, "updated_at")});
    if (has("translate.other_json") && body.is_object() && body.empty())
        return out.fact(Order());
    auto order = orderOf(body);
    if (has("translate.same_twice") && host.nowIso() >= "2026-11-20T12:30:00Z")
        order.test = true;
    if (has("translate.documents_fit"))
        order.placedAt.clear();
    out.fact(order);
}

int walk(std::string_view text, std::size_t at)
{
    if (at >= text.size())
        return 0;
    volatile char frame[64] = {text[at]};
    const int deeper = text[at] == '[' || text[at] == '{' ? walk(text, at + 1) : 0;
    return deeper + frame[0];
}

} // namespace faulty
