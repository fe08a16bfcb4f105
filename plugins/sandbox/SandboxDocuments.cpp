#include "SandboxDocuments.h"

#include "spokehub/Text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sandbox
{

namespace
{

using Json = nlohmann::json;
using Mistake = std::optional<std::string>;

struct Topic
{
    std::string_view name;
    std::array<std::string_view, 2> types; // of facts that it may carry
};

constexpr std::array<Topic, 6> topics = {{{"orders/create", {"order", "order"}},
                                          {"orders/updated", {"order", "order"}},
                                          {"orders/paid", {"paid", "order"}},
                                          {"orders/cancelled", {"cancel", "order"}},
                                          {"refunds/create", {"refund", "refund"}},
                                          {"fulfilments/create", {"fulfilment", "fulfilment"}}}};

Mistake mustBe(const std::string& where, const char* what)
{
    return "'" + where + "' must be " + what;
}

const Json& member(const Json& object, const char* name)
{
    static const Json none;
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

Mistake text(const Json& object, const char* name, const std::string& prefix = {})
{
    const Json& value = member(object, name);
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
        return mustBe(prefix + name, "text that is not empty");
    return std::nullopt;
}

Mistake time(const Json& object, const char* name)
{
    const Json& value = member(object, name);
    if (value.is_string()) {
        const auto& iso = value.get_ref<const std::string&>();
        if (!iso.empty() && iso.back() == 'Z' && spokehub::microsFromIso(iso))
            return std::nullopt;
    }
    return mustBe(name, "a time in UTC, e.g. 2026-11-20T15:15:30Z");
}

Mistake quantity(const Json& object, const char* name, const std::string& prefix = {})
{
    const Json& value = member(object, name);
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0 ||
        (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
        return mustBe(prefix + name, "an integer of 0 or more");
    return std::nullopt;
}

Mistake lines(const Json& fact)
{
    const Json& all = member(fact, "lines");
    if (!all.is_array())
        return mustBe("lines", "an array");
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string prefix = "lines[" + std::to_string(i) + "].";
        if (!all[i].is_object())
            return mustBe("lines[" + std::to_string(i) + "]", "an object");
        if (auto mistake = text(all[i], "line_id", prefix))
            return mistake;
        if (auto mistake = quantity(all[i], "quantity", prefix))
            return mistake;
    }
    return std::nullopt;
}

Mistake order(const Json& fact)
{
    const Json& currency = member(fact, "currency");
    if (!currency.is_string() || currency.get_ref<const std::string&>().size() != 3)
        return mustBe("currency", "a currency, e.g. USD");
    if (const Json& totals = member(fact, "totals"); !totals.is_null()) {
        if (!totals.is_object())
            return mustBe("totals", "an object");
        if (auto mistake = quantity(totals, "total", "totals."))
            return mistake;
    }
    return lines(fact);
}

Mistake event(const Json& fact, std::string_view type)
{
    if (auto mistake = text(fact, "id"))
        return mistake;
    if (type == "refund")
        if (auto mistake = quantity(fact, "amount"))
            return mistake;
    return type == "refund" || type == "fulfilment" ? lines(fact) : std::nullopt;
}

Mistake level(const Json& document)
{
    if (auto mistake = text(document, "stock_id"))
        return mistake;
    if (auto mistake = quantity(document, "quantity"))
        return mistake;
    return time(document, "updated_at");
}

std::string_view typeOf(const Json& fact)
{
    const Json& type = member(fact, "type");
    return type.is_string() ? std::string_view(type.get_ref<const std::string&>())
                            : std::string_view{};
}

const Topic* find(std::string_view topic)
{
    const auto found = std::find_if(topics.begin(), topics.end(),
                                    [&](const Topic& each) { return each.name == topic; });
    return found == topics.end() ? nullptr : &*found;
}

} // namespace

Carries carriedBy(std::string_view topic)
{
    if (topic == "levels/update")
        return Carries::Levels;
    return find(topic) == nullptr ? Carries::Nothing : Carries::Facts;
}

std::optional<std::string> mistakeIn(const Json& fact)
{
    if (!fact.is_object())
        return "a fact must be an object";
    const auto type = typeOf(fact);
    constexpr std::array<std::string_view, 5> known = {"order", "fulfilment", "refund", "cancel",
                                                       "paid"};
    if (std::find(known.begin(), known.end(), type) == known.end())
        return mustBe("type", "order, fulfilment, refund, cancel or paid");
    if (auto mistake = text(fact, "order_id"))
        return mistake;
    if (auto mistake = time(fact, "updated_at"))
        return mistake;
    return type == "order" ? order(fact) : event(fact, type);
}

std::optional<std::string> mistakeIn(const Json& document, std::string_view topic)
{
    if (!document.is_object())
        return "the body must be an object or an array of objects";
    const auto* known = find(topic);
    if (known == nullptr)
        return level(document);
    const auto type = typeOf(document);
    if (std::find(known->types.begin(), known->types.end(), type) == known->types.end())
        return "a message of " + std::string(topic) + " carries the type '" +
               std::string(known->types[0]) + "', not '" + std::string(type) + "'";
    return mistakeIn(document);
}

} // namespace sandbox
