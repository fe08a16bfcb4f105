// The small REST shop that the spoke 'faulty' sells in.
#include "spokehub/StandIn.h"
#include "spokehub/Text.h"

#include <algorithm>
#include <map>
#include <vector>

namespace
{

using Json = nlohmann::json;
using namespace spokehub;

constexpr std::int64_t epoch = 1'794'000'000'000'000; // in November 2026

struct Stocked
{
    std::int64_t quantity = 0;
    std::string updatedAt;
};

class Shop final : public StandIn
{
public:
    Json reset(const Seed& seed) override
    {
        *this = {};
        _token = seed.secrets.value("token", "");
        for (std::int64_t i = 0; i < seed.orders; ++i)
            _orders.push_back(order(i, seed.sameTime));
        Json parcels = Json::array();
        for (_parcels = 0; _parcels < seed.parcels; ++_parcels)
            parcels.push_back(name("PARCEL-", _parcels));
        Json stock = Json::array();
        for (std::int64_t i = 0; i < seed.listings; ++i) {
            const auto sku = name("SKU-", i);
            _stock[sku] = {10 + i % 7, time(seed.sameTime ? 0 : i)};
            stock.push_back(item(sku));
        }
        Json shipments = Json::array();
        for (const auto& one : _orders)
            if (shipments.size() < 5)
                shipments.push_back(
                    {{"order_id", one["id"]},
                     {"lines", {{{"line_id", one["lines"][0]["id"]}, {"quantity", 1}}}}});
        return {{"stock", stock},
                {"unknown", item("SKU-nobody-has")},
                {"shipments", shipments},
                {"parcels", parcels}};
    }

    Json state() override
    {
        Json stock = Json::object();
        for (const auto& [sku, stocked] : _stock)
            stock[sku] = stocked.quantity;
        return {{"stock", stock}, {"effects", _effects}, {"shipments", _shipments.size()}};
    }

    bool expire() override
    {
        ++_generation;
        return true;
    }

    StandInAnswer answer(const StandInRequest& request) override
    {
        if (request.headers.value("Authorization", "") != "Bearer " + _token)
            return {401, R"({"error": "who are you?"})"};
        const auto path = request.path();
        const Json body = Json::parse(request.body, nullptr, false);
        if (path == "/ping")
            return {200, R"({"name": "Corner"})"};
        if (path == "/orders")
            return orders(request);
        if (path == "/stock" && request.method == "GET")
            return items(request);
        if (path == "/stock")
            return set(body);
        if (path == "/parcels")
            return parcels(request.parameter("numbers"));
        if (path == "/shipments")
            return ship(body);
        if (path == "/hooks")
            return hooks(request.method, body);
        return one(path);
    }

private:
    Shop& operator=(Shop&& other)
    {
        _orders = std::move(other._orders);
        _stock = std::move(other._stock);
        _shipments = std::move(other._shipments);
        _hooks = std::move(other._hooks);
        _effects = other._effects;
        _parcels = other._parcels;
        return *this;
    }

    static std::string name(const char* prefix, std::int64_t number)
    {
        const auto digits = std::to_string(number);
        return prefix + std::string(6 - std::min<std::size_t>(6, digits.size()), '0') + digits;
    }

    static std::string time(std::int64_t number)
    {
        return isoFromMicros(epoch + number * 1'000'000);
    }

    static Json order(std::int64_t number, bool sameTime)
    {
        const auto id = name("O-", number);
        return {{"id", id},
                {"updated_at", time(sameTime ? 0 : number)},
                {"currency", "USD"},
                {"lines",
                 {{{"id", id + "-1"},
                   {"sku", "SKU-000001"},
                   {"quantity", 2},
                   {"open", 2},
                   {"price", 6500}}}}};
    }

    static Json item(const std::string& sku)
    {
        return {{"external_id", sku}, {"parent_id", sku}, {"stock_id", sku}, {"sku", sku}};
    }

    static Json shown(const std::string& sku, const Stocked& stocked)
    {
        return {{"sku", sku}, {"quantity", stocked.quantity}, {"updated_at", stocked.updatedAt}};
    }

    /// A page is "GENERATION.OFFSET"; one of an older generation is gone. `at` makes the thing at a
    /// place of `count`.
    template <class At>
    StandInAnswer page(const StandInRequest& request, const char* list, std::size_t count,
                       At&& at) const
    {
        std::size_t offset = 0;
        if (const auto asked = request.parameter("page"); !asked.empty()) {
            if (asked.substr(0, asked.find('.')) != std::to_string(_generation))
                return {410, R"({"error": "this page is gone"})"};
            offset = std::stoul(asked.substr(asked.find('.') + 1));
        }
        const auto end = std::min(count, offset + std::stoul(request.parameter("limit")));
        Json part = Json::array();
        for (std::size_t i = offset; i < end; ++i)
            part.push_back(at(i));
        const auto next =
            end < count ? std::to_string(_generation) + "." + std::to_string(end) : "";
        return {200, Json{{list, part}, {"next", next}}.dump()};
    }

    StandInAnswer parcels(const std::string& numbers) const
    {
        Json found = Json::array();
        for (std::size_t at = 0; at < numbers.size(); at = numbers.find(',', at) + 1) {
            const auto number = numbers.substr(at, numbers.find(',', at) - at);
            const auto digits = number.find_last_not_of("0123456789") + 1;
            const std::int64_t place =
                digits < number.size() ? std::stoll(number.substr(digits)) : -1;
            if (place >= 0 && place < _parcels && number == name("PARCEL-", place))
                found.push_back(
                    {{"number", number}, {"status", "in_transit"}, {"at", time(place)}});
        }
        return {200, Json{{"parcels", found}}.dump()};
    }

    /// Orders lie in the order of their times.
    StandInAnswer orders(const StandInRequest& request) const
    {
        const auto since = request.parameter("since");
        const auto from = std::lower_bound(
            _orders.begin(), _orders.end(), since,
            [](const Json& one, const std::string& time) { return one["updated_at"] < time; });
        return page(request, "orders", static_cast<std::size_t>(_orders.end() - from),
                    [from](std::size_t i) { return from[static_cast<std::ptrdiff_t>(i)]; });
    }

    StandInAnswer items(const StandInRequest& request) const
    {
        std::vector<std::map<std::string, Stocked>::const_iterator> all;
        for (auto one = _stock.begin(); one != _stock.end(); ++one)
            all.push_back(one);
        return page(request, "items", all.size(),
                    [&all](std::size_t i) { return shown(all[i]->first, all[i]->second); });
    }

    StandInAnswer one(const std::string& path) const
    {
        const auto id = path.substr(path.rfind('/') + 1);
        if (path.rfind("/orders/", 0) == 0)
            for (const auto& each : _orders)
                if (each["id"] == id)
                    return {200, each.dump()};
        if (const auto found = _stock.find(id); found != _stock.end())
            return {200, shown(id, found->second).dump()};
        return {404, R"({"error": "there is no such thing"})"};
    }

    StandInAnswer set(const Json& body)
    {
        Json results = Json::array();
        for (const auto& asked : body.at("items")) {
            const auto sku = asked.at("sku").get<std::string>();
            const auto found = _stock.find(sku);
            if (found == _stock.end()) {
                results.push_back({{"sku", sku}, {"state", "unknown"}});
                continue;
            }
            auto& stocked = found->second;
            const auto quantity = asked.at("quantity").get<std::int64_t>();
            if (asked.contains("expected") && asked["expected"] != stocked.quantity &&
                quantity != stocked.quantity)
            {
                results.push_back(
                    {{"sku", sku}, {"state", "stale"}, {"quantity", stocked.quantity}});
                continue;
            }
            _effects += stocked.quantity == quantity ? 0 : 1;
            stocked.quantity = quantity;
            results.push_back({{"sku", sku}, {"state", "set"}});
        }
        return {200, Json{{"results", results}}.dump()};
    }

    StandInAnswer ship(const Json& body)
    {
        const auto order = body.at("order").get<std::string>();
        const bool known = std::any_of(_orders.begin(), _orders.end(),
                                       [&](const Json& one) { return one["id"] == order; });
        if (!known)
            return {422, R"({"error": "there is no such order"})"};
        const auto [made, fresh] = _shipments.emplace(body.at("key").get<std::string>(),
                                                      name("S-", std::int64_t(_shipments.size())));
        _effects += fresh ? 1 : 0;
        return {200, Json{{"id", made->second}}.dump()};
    }

    StandInAnswer hooks(const std::string& method, const Json& body)
    {
        if (method == "PUT")
            _hooks[body.at("topic").get<std::string>()] = body.at("address");
        return {200, Json{{"hooks", _hooks}}.dump()};
    }

    std::string _token;
    std::vector<Json> _orders;
    std::map<std::string, Stocked> _stock;
    std::map<std::string, std::string> _shipments; // key to id
    Json _hooks = Json::object();
    std::int64_t _effects = 0;
    std::int64_t _parcels = 0;
    int _generation = 1;
};

} // namespace

int main()
{
    return Shop().run();
}
