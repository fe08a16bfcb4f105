#include "Pushing.h"

#include <algorithm>

namespace spokehub::check
{

namespace
{

constexpr int attemptsMax = 5;

/// Keys are UUIDs: some channels take nothing else.
std::string keyOf(int shop, int round, std::size_t item)
{
    const auto digits = [](std::size_t number, std::size_t count) {
        const auto text = std::to_string(number);
        return std::string(count - text.size(), '0') + text;
    };
    return "5c0ffee0-0000-4000-8" + digits(static_cast<std::size_t>(shop % 1000), 3) + "-" +
           digits(static_cast<std::size_t>(round), 6) + digits(item, 6);
}

const Value* resultOf(const Said& said, const Value& item)
{
    for (const auto& [kind, document] : said.documents)
        if (kind == SPH_DOC_RESULT && document.value("item", "") == item["item"])
            return &document;
    return nullptr;
}

} // namespace

Pushing::Pushing(Trial& trial, const std::string& kind, std::size_t count)
    : _trial(trial), _kind(kind)
{
    static int shops = 0;
    _shop = ++shops;
    trial.needVerb("push");
    if (std::ranges::count(trial.manifest().pushes, kind) == 0)
        throw Skip("the manifest names no pushes of kind " + kind);
    const auto offered = trial.reset({{"orders", kind == "stock" ? std::size_t{0} : count},
                                      {"listings", kind == "stock" ? count : std::size_t{3}}});
    const Value all = offered.value(kind == "stock" ? "stock" : "shipments", Value::array());
    _offered.assign(all.begin(), all.end());
    _unknown = offered.value("unknown", Value::object());
    if (_offered.size() < count)
        throw Skip("the stand-in offers " + std::to_string(_offered.size()) +
                   " things to push of " + std::to_string(count) + " wanted, kind " + kind);
    _offered.resize(count);
    openAnew();
}

std::vector<Value> Pushing::items(std::int64_t quantity, int round) const
{
    std::vector<Value> made;
    for (std::size_t i = 0; i < _offered.size(); ++i) {
        Value item = _offered[i];
        item["item"] = "item-" + std::to_string(i + 1);
        item["key"] = keyOf(_shop, round, i);
        if (_kind == "stock") {
            item["quantity"] = quantity + static_cast<std::int64_t>(i);
            item["expected"] = nullptr;
        } else {
            item["carrier"] = "UPS";
            item["tracking_number"] = "1Z" + std::to_string(1000 + i);
            item["tracking_url"] = "";
            item["shipped_at"] = "2026-11-20T11:00:00Z";
        }
        made.push_back(std::move(item));
    }
    return made;
}

Value Pushing::unknown(Value item) const
{
    if (_unknown.empty())
        throw Skip("the stand-in names no item that the channel does not have ('unknown')");
    item.update(_unknown);
    return item;
}

Said Pushing::push(const std::vector<Value>& items, int documentsMax)
{
    _trial.doing("push of " + std::to_string(items.size()) + " items of kind " + _kind);
    return _instance->push({{"kind", _kind}, {"items", items}}, documentsMax);
}

void Pushing::pushToTheEnd(std::vector<Value> items)
{
    std::string last;
    for (int attempt = 0; attempt < attemptsMax && !items.empty(); ++attempt) {
        const auto said = push(items);
        for (auto& item : items) {
            const Class kind = outcomeOf(said, item);
            item["previous"] = toText(kind);
            if (kind != Class::Done)
                last = std::string(toText(kind)) + " (" + reasonOf(said, item) + ")";
        }
        std::erase_if(items, [](const Value& item) { return item["previous"] == "done"; });
    }
    expect(items.empty(), "pushed " + std::to_string(attemptsMax) + " times, " +
                              std::to_string(items.size()) + " items still end as " + last);
}

Value Pushing::state()
{
    return _trial.control({{"state", true}});
}

std::int64_t Pushing::effects()
{
    return state().value("effects", std::int64_t{0});
}

void Pushing::expectArrived(const std::vector<Value>& items, const std::string& when)
{
    const Value shown = state();
    if (_kind != "stock") {
        const auto count = shown.value("shipments", std::size_t{0});
        expect(count == items.size(), when + ", the channel has " + std::to_string(count) +
                                          " shipments, not " + std::to_string(items.size()));
        return;
    }
    const Value stock = shown.value("stock", Value::object());
    for (const auto& item : items) {
        const auto id = item["stock_id"].get<std::string>();
        const auto quantity = stock.value(id, std::int64_t{-1});
        expect(quantity == item["quantity"], when + ", the channel shows " +
                                                 std::to_string(quantity) + " of " + id + ", not " +
                                                 item["quantity"].dump());
    }
}

Class outcomeOf(const Said& said, const Value& item)
{
    if (const auto* result = resultOf(said, item))
        return classFromText(result->value("class", "")).value_or(Class::Bug);
    return said.kind == Class::Done ? Class::UnknownOutcome : said.kind;
}

std::string reasonOf(const Said& said, const Value& item)
{
    const auto* result = resultOf(said, item);
    return result == nullptr ? said.reason : result->value("reason", "");
}

std::size_t batchMax(Trial& trial)
{
    return static_cast<std::size_t>(trial.manifest().rate.batchMax);
}

} // namespace spokehub::check
