// The stand-in Shopify, asked by the certifier line by line.
#include "ShopifyStandIn.h"

#include "spokehub/StandIn.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>

#include <memory>
#include <optional>
#include <set>

namespace
{

using Json = nlohmann::json;
using spokehub::Seed;
using spokehub::StandInAnswer;
using spokehub::StandInRequest;
using spokehub::standin::Order;
using spokehub::standin::Shop;
using spokehub::standin::ShopifyStandIn;
using spokehub::standin::StandInOptions;
using spokehub::standin::Subscription;
using spokehub::standin::Variant;

constexpr std::int64_t epoch = 1'794'000'000'000'000; // in November 2026
constexpr std::int64_t few = 100;                     // orders that are placed like a customer's
constexpr double plenty = 1e9;                        // points: the certifier counts them itself

std::string nameOf(std::int64_t number)
{
    const auto digits = std::to_string(number);
    return "SKU-" + std::string(6 - std::min<std::size_t>(6, digits.size()), '0') + digits;
}

Json stockItem(std::int64_t id, std::int64_t product, std::int64_t item, const std::string& sku)
{
    return {{"external_id", std::to_string(id)},
            {"parent_id", std::to_string(product)},
            {"stock_id", std::to_string(item)},
            {"sku", sku}};
}

class CheckStandIn final : public spokehub::StandIn
{
public:
    Json reset(const Seed& seed) override
    {
        if (_shop == nullptr)
            start(seed);
        _shop->renew();
        _shop->with([](Shop& it) { it.addLocation("Shop location"); });
        Json offered = {{"stock", stock(seed)},
                        {"shipments", shipments(seed)},
                        {"unknown", stockItem(999999999, 999999998, 999999997, "SKU-nobody-has")},
                        {"unknown_order", "999999996"}};
        _effects = 0;
        _seen = shown();
        return offered;
    }

    Json state() override
    {
        auto now = shown();
        return {{"stock", now["stock"]}, {"shipments", now["shipments"]}, {"effects", _effects}};
    }

    /// Shopify's cursors hold for long, but not for ever.
    bool expire() override
    {
        _expired.merge(_given);
        _given.clear();
        return true;
    }

    StandInAnswer answer(const StandInRequest& asked) override
    {
        const Json question = Json::parse(asked.body, nullptr, false);
        const auto after = Json::json_pointer("/variables/after");
        if (question.is_object() && question.contains(after) && question[after].is_string() &&
            _expired.contains(question[after].get<std::string>()))
            return {200, R"({"errors": [{"message": "Invalid cursor for current pagination sort.",)"
                         R"( "extensions": {"code": "BAD_REQUEST"}}]})"};
        Poco::Net::HTTPRequest request(asked.method, asked.target(), "HTTP/1.1");
        for (const auto& [name, value] : asked.headers.items())
            request.set(name, value.get<std::string>());
        request.setContentLength64(static_cast<Poco::Int64>(asked.body.size()));
        _session->sendRequest(request) << asked.body;
        Poco::Net::HTTPResponse response;
        StandInAnswer made;
        Poco::StreamCopier::copyToString(_session->receiveResponse(response), made.body);
        made.status = response.getStatus();
        if (asked.body.find("mutation") != std::string::npos)
            noteEffects();
        made.cost = costOf(made.body);
        noteCursors(made.body);
        return made;
    }

private:
    void start(const Seed& seed)
    {
        _shop = std::make_unique<ShopifyStandIn>(
            StandInOptions{.token = seed.secrets.value("access_token", ""),
                           .capacity = plenty,
                           .restorePerSecond = plenty});
        _session = std::make_unique<Poco::Net::HTTPClientSession>("127.0.0.1", _shop->port());
        _session->setKeepAlive(true);
    }

    Json stock(const Seed& seed)
    {
        Json all = Json::array();
        for (std::int64_t i = 0; i < seed.listings; ++i) {
            at(seed, i);
            _shop->with([&](Shop& it) {
                const Variant& made = it.addVariant(nameOf(i), 10 + i % 7);
                all.push_back(stockItem(made.id, made.productId, made.itemId, made.sku));
            });
        }
        return all;
    }

    Json shipments(const Seed& seed)
    {
        Json all = Json::array();
        for (std::int64_t i = 0; i < seed.orders; ++i) {
            at(seed, i);
            _shop->with([&](Shop& it) {
                const Order& made = i < few ? it.place({{nameOf(0), 1}}) : another(it);
                it.waiting.clear();
                all.push_back(
                    {{"order_id", std::to_string(made.id)},
                     {"lines",
                      {{{"line_id", std::to_string(made.lines[0].id)}, {"quantity", 1}}}}});
            });
        }
        return all;
    }

    /// One more like the last, without the webhooks that a sale makes: for thousands of them.
    static const Order& another(Shop& shop)
    {
        Order made = shop.orders.back();
        made.id = shop.nextId();
        ++made.number;
        made.fulfilmentOrderId = shop.nextId();
        made.createdAt = made.updatedAt = shop.now();
        for (auto& line : made.lines) {
            line.id = shop.nextId();
            line.fulfilmentLineId = shop.nextId();
        }
        return shop.orders.emplace_back(std::move(made));
    }

    void at(const Seed& seed, std::int64_t number)
    {
        _shop->setTime(epoch + (seed.sameTime ? 0 : number * 1'000'000));
    }

    Json shown()
    {
        return _shop->with([](Shop& it) {
            Json stock = Json::object();
            for (const Variant& one : it.variants)
                stock[std::to_string(one.itemId)] =
                    it.levels[{one.itemId, it.locations.front().id}].available;
            std::size_t shipments = 0;
            for (const Order& order : it.orders)
                shipments += order.fulfilments.size();
            Json hooks = Json::array();
            for (const Subscription& one : it.subscriptions)
                hooks.push_back(one.topic + " " + one.uri);
            return Json{{"stock", stock}, {"shipments", shipments}, {"hooks", hooks}};
        });
    }

    /// Those given out; one that is given out again holds.
    void noteCursors(const std::string& body)
    {
        constexpr std::string_view member = "\"endCursor\":\"";
        for (auto at = body.find(member); at != body.npos; at = body.find(member, at + 1)) {
            const auto from = at + member.size();
            const std::string cursor = body.substr(from, body.find('"', from) - from);
            _expired.erase(cursor);
            _given.insert(cursor);
        }
    }

    void noteEffects()
    {
        auto now = shown();
        _effects += now == _seen ? 0 : 1;
        _seen = std::move(now);
    }

    static std::int64_t costOf(const std::string& body)
    {
        const Json json = Json::parse(body, nullptr, false);
        const auto path = Json::json_pointer("/extensions/cost/actualQueryCost");
        return json.is_object() && json.contains(path) && json[path].is_number()
                   ? json[path].get<std::int64_t>()
                   : 1;
    }

    std::unique_ptr<ShopifyStandIn> _shop;
    std::unique_ptr<Poco::Net::HTTPClientSession> _session;
    std::int64_t _effects = 0;
    std::set<std::string> _given; // cursors
    std::set<std::string> _expired;
    Json _seen;
};

} // namespace

int main()
{
    return CheckStandIn().run();
}
