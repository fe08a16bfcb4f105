#include "SandboxShop.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace sandbox
{

namespace
{

namespace fs = std::filesystem;

using spokehub::Class;
using spokehub::Failure;
using spokehub::Result;

Result answer(const std::string& item, Class kind, const std::string& reason)
{
    Result result;
    result.item = item;
    result.kind = kind;
    result.reason = reason;
    return result;
}

[[noreturn]] void unreadable(const fs::path& file, const std::string& what)
{
    throw Failure(Class::Config, "the shop's file " + file.string() + " " + what);
}

Json parsed(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream)
        unreadable(file, "cannot be read");
    auto json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.value("stock", Json::object()).is_object() ||
        !json.value("orders", Json::array()).is_array() ||
        !json.value("fulfilments", Json::array()).is_array())
        unreadable(file, "must be a JSON object of stock {}, orders [] and fulfilments []");
    return json;
}

Json document(const spokehub::ShipmentItem& item, const std::string& id, const std::string& now)
{
    spokehub::Fulfilment fulfilment;
    fulfilment.id = id;
    fulfilment.orderId = item.orderId;
    fulfilment.updatedAt = now;
    fulfilment.trackingNumber = item.trackingNumber;
    fulfilment.trackingUrl = item.trackingUrl;
    fulfilment.carrier = item.carrier;
    fulfilment.lines = item.lines;
    return Json::parse(toJson(fulfilment));
}

} // namespace

std::shared_ptr<SandboxShop> SandboxShop::named(const std::string& name, const std::string& file)
{
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<SandboxShop>> shops;
    const std::lock_guard lock(mutex);
    auto& shop = shops[name];
    if (!shop)
        shop = std::make_shared<SandboxShop>(file);
    if (shop->_file != file)
        throw Failure(Class::Config, "the shop '" + name + "' already has the file '" +
                                         shop->_file.string() +
                                         "'; channels that share a shop share its file");
    return shop;
}

SandboxShop::SandboxShop(fs::path file) : _file(std::move(file)) {}

void SandboxShop::stockUp(const std::vector<std::pair<std::string, std::int64_t>>& catalog,
                          const std::string& now)
{
    const std::lock_guard lock(_mutex);
    refresh();
    bool added = false;
    for (const auto& [sku, quantity] : catalog)
        added = _stock.try_emplace(sku, Stocked{quantity, now, {}}).second || added;
    if (added)
        save();
}

std::map<std::string, Stocked> SandboxShop::stock()
{
    const std::lock_guard lock(_mutex);
    refresh();
    return _stock;
}

Result SandboxShop::set(const spokehub::StockItem& item, const std::string& now)
{
    const std::lock_guard lock(_mutex);
    refresh();
    const auto& id = item.stockId.empty() ? item.externalId : item.stockId;
    const auto found = _stock.find(id.empty() ? item.sku : id);
    if (found == _stock.end())
        return answer(item.item, Class::Unmatched,
                      "the shop has no '" + (id.empty() ? item.sku : id) + "'");
    auto& stocked = found->second;
    if (item.quantity < 0)
        return answer(item.item, Class::Rejected, "a quantity is 0 or more");
    if (!item.key.empty() && item.key == stocked.lastKey)
        return answer(item.item, Class::Done, {});
    if (item.expected && *item.expected != stocked.quantity && item.quantity != stocked.quantity) {
        auto conflict = answer(item.item, Class::Conflict, "the shop shows another quantity");
        conflict.observed = stocked.quantity;
        return conflict;
    }
    stocked = {item.quantity, now, item.key};
    save();
    return answer(item.item, Class::Done, {});
}

Result SandboxShop::ship(const spokehub::ShipmentItem& item, const std::string& now)
{
    const std::lock_guard lock(_mutex);
    refresh();
    const bool quantities = std::all_of(item.lines.begin(), item.lines.end(),
                                        [](const auto& line) { return line.quantity > 0; });
    if (item.orderId.empty() || item.lines.empty() || !quantities)
        return answer(item.item, Class::Rejected, "a shipment names an order and its lines");
    auto result = answer(item.item, Class::Done, {});
    for (const auto& fulfilment : _fulfilments)
        if (!item.key.empty() && fulfilment.value("key", "") == item.key) {
            result.externalId = fulfilment.value("id", "");
            return result;
        }
    result.externalId = "F-" + std::to_string(_fulfilments.size() + 1);
    auto fulfilment = document(item, result.externalId, now);
    fulfilment["key"] = item.key;
    _fulfilments.push_back(std::move(fulfilment));
    save();
    return result;
}

std::vector<Json> SandboxShop::orders()
{
    const std::lock_guard lock(_mutex);
    refresh();
    std::vector<Json> all(_orders.begin(), _orders.end());
    all.insert(all.end(), _fulfilments.begin(), _fulfilments.end());
    return all;
}

fs::file_time_type SandboxShop::changedAt() const
{
    std::error_code missing;
    return fs::last_write_time(_file, missing); // the smallest time when there is no file
}

/// People may edit the file: what it says holds.
void SandboxShop::refresh()
{
    std::error_code error;
    if (_file.empty() || !fs::exists(_file, error) || changedAt() == _seen)
        return;
    const Json json = parsed(_file);
    std::map<std::string, Stocked> stock;
    const Json stocked = json.value("stock", Json::object());
    for (const auto& [sku, shown] : stocked.items()) {
        if (!shown.is_object() || !shown.value("quantity", Json()).is_number_integer())
            unreadable(_file, "must say stock {\"" + sku + "\": {\"quantity\": number}}");
        stock[sku] = {shown["quantity"].get<std::int64_t>(),
                      shown.value("updated_at", Json()).is_string() ? shown.value("updated_at", "")
                                                                    : "",
                      shown.value("key", Json()).is_string() ? shown.value("key", "") : ""};
    }
    _stock = std::move(stock);
    _orders = json.value("orders", Json::array());
    _fulfilments = json.value("fulfilments", Json::array());
    _seen = changedAt();
}

/// A new file in the place of the old one, so that no reader sees half of it.
void SandboxShop::save()
{
    if (_file.empty())
        return;
    Json json = {{"stock", Json::object()}, {"orders", _orders}, {"fulfilments", _fulfilments}};
    for (const auto& [sku, stocked] : _stock)
        json["stock"][sku] = {{"quantity", stocked.quantity},
                              {"updated_at", stocked.updatedAt},
                              {"key", stocked.lastKey}};
    const fs::path fresh = _file.string() + ".new";
    std::ofstream stream(fresh, std::ios::binary | std::ios::trunc);
    stream << json.dump(2) << '\n';
    stream.close();
    std::error_code error;
    if (stream)
        fs::rename(fresh, _file, error);
    if (!stream || error)
        unreadable(_file, "cannot be written");
    _seen = changedAt();
}

} // namespace sandbox
