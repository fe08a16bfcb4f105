#include "FaultyChannel.h"

#include "Fault.h"

#include <algorithm>

namespace faulty
{

using namespace spokehub;

namespace
{

constexpr const char* origin = "https://api.faulty.example";

/// The answer to a page that the shop does not give any more.
class Expired : public Failure
{
public:
    using Failure::Failure;
};

Class theirs(bool writes)
{
    return writes ? Class::UnknownOutcome : Class::Retry;
}

} // namespace

// ------------------------------------------------------------------ the API

HttpResult ShopApi::send(const std::string& method, const std::string& target,
                         const std::string& body) const
{
    HttpRequest request;
    request.method = method;
    request.url = origin + target;
    request.headers = {{"Authorization", "Bearer ${secret:token}"}};
    request.body = body;
    auto answer = _host.http(request);
    const bool writes = method != "GET";
    if (answer.kind == Class::UnknownOutcome)
        throw Failure(theirs(writes), "the answer of the shop was lost");
    if (answer.kind != Class::Done)
        throw Failure(answer.kind, "the shop cannot be asked");
    return answer;
}

void ShopApi::refuse(const HttpResult& answer, bool writes) const
{
    const std::string said = "the shop answered " + std::to_string(answer.status);
    if (answer.status == 401)
        throw Failure(Class::Auth, said);
    if (answer.status == 403 || answer.status == 404 ||
        (answer.status >= 300 && answer.status < 400))
        throw Failure(Class::Config, said);
    if (answer.status == 410)
        throw Expired(Class::Retry, said);
    if (answer.status == 429)
        throw Failure(Class::RateLimited, said, answer.retryAfter(_host.now()));
    if (answer.status >= 500)
        throw Failure(theirs(writes), said);
    throw Failure(Class::Rejected, said);
}

Json ShopApi::call(const std::string& method, const std::string& target,
                   const std::string& body) const
{
    const bool writes = method != "GET";
    const auto answer = send(method, target, body);
    if (!answer.ok())
        refuse(answer, writes);
    auto json = Json::parse(answer.body, nullptr, false);
    if (!json.is_object())
        throw Failure(theirs(writes), "the shop's answer is no JSON object");
    return json;
}

std::optional<Json> ShopApi::find(const std::string& target) const
{
    const auto answer = send("GET", target, {});
    if (answer.status == 404 && Json::parse(answer.body, nullptr, false).is_object())
        return std::nullopt;
    if (!answer.ok())
        refuse(answer, false);
    auto json = Json::parse(answer.body, nullptr, false);
    if (!json.is_object())
        throw Failure(Class::Retry, "the shop's answer is no JSON object");
    return json;
}

Json ShopApi::put(const std::string& target, const Json& body) const
{
    return call("PUT", target, body.dump());
}

Json ShopApi::post(const std::string& target, const Json& body) const
{
    return call("POST", target, body.dump());
}

// ------------------------------------------------------------------ check and subscribe

Class check(const Host& host, Out& out)
{
    try {
        const auto answer = ShopApi(host).get("/ping");
        out.finding({"ok", "token", "the shop answers as " + answer.value("name", "?"), ""});
    } catch (const Failure& failure) {
        if (failure.kind() == Class::Cancelled)
            throw;
        out.finding({"error", "token", failure.what(), "give the token of the shop"});
    }
    return Class::Done;
}

Class subscribe(const Host& host, const SubscribeRequest& request, Out& out)
{
    const ShopApi api(host);
    const auto hooks = api.get("/hooks");
    if (request.action != "list" && request.action != "repair" && request.action != "remove")
        return out.problem(Class::Unsupported, "'" + request.action + "' is no action");
    for (const char* topic : {"orders/changed", "orders/thin", "stock/changed"}) {
        const std::string address = hooks.at("hooks").value(topic, "");
        const bool ours = address == request.address;
        if (request.action == "remove") {
            if (!ours)
                continue;
            api.put("/hooks", {{"topic", topic}, {"address", ""}});
            out.subscription({topic, "removed", ""});
        } else if (ours)
            out.subscription({topic, "present", ""});
        else if (request.action == "list")
            out.subscription({topic, "failed", "there is no subscription"});
        else {
            api.put("/hooks", {{"topic", topic}, {"address", request.address}});
            out.subscription({topic, address.empty() ? "created" : "repaired", ""});
        }
    }
    return Class::Done;
}

// ------------------------------------------------------------------ pull

namespace
{

class Pulling
{
public:
    Pulling(const Host& host, std::int64_t pages, const PullRequest& request, Out& out)
        : _api(host), _request(request), _out(out),
          _limit(request.pageMax > 0 ? std::min(pages, request.pageMax) : pages)
    {
    }

    Class orders()
    {
        if (!_request.id.empty()) {
            if (const auto order = _api.find("/orders/" + _request.id))
                sayOrder(*order);
            return Class::Done;
        }
        const auto space = _request.cursor.find(' ');
        _since = space == std::string::npos ? _request.cursor : _request.cursor.substr(0, space);
        if (_since.empty())
            _since = _request.since;
        _seen = _since;
        each(
            "/orders?since=" + _since + "&",
            space == std::string::npos ? "" : _request.cursor.substr(space + 1), "orders",
            [this](const Json& order) {
                _seen = std::max(_seen, order.value("updated_at", ""));
                sayOrder(order);
            },
            [this](const std::string& next) { return next.empty() ? _seen : _since + " " + next; });
        return Class::Done;
    }

    Class stock(bool listings)
    {
        if (!_request.id.empty()) {
            if (const auto item = _api.find("/stock/" + _request.id))
                sayStock(*item, listings);
            return Class::Done;
        }
        each(
            "/stock?", _request.cursor, "items",
            [&](const Json& item) {
                const auto sku = item.value("sku", "");
                if (_request.subjects.empty() ||
                    std::find(_request.subjects.begin(), _request.subjects.end(), sku) !=
                        _request.subjects.end())
                    sayStock(item, listings);
            },
            [](const std::string& next) { return next; });
        return Class::Done;
    }

private:
    /// Every page from that one on, a checkpoint behind each. When the shop does not know the page
    /// any more, all is read anew.
    template <class Say, class Cursor>
    void each(const std::string& target, std::string page, const char* list, Say&& say,
              Cursor&& cursor)
    {
        bool more = true;
        while (more) {
            Json answer;
            try {
                answer = _api.get(target + "limit=" + std::to_string(_limit) + "&page=" + page);
            } catch (const Expired&) {
                if (page.empty())
                    throw;
                page.clear();
                continue;
            }
            if (!answer.contains(list))
                throw Failure(Class::Retry, "the shop's answer lacks its list");
            for (const Json& one : answer[list])
                say(one);
            page = answer.value("next", "");
            more = !page.empty();
            _out.checkpoint({cursor(page)});
        }
    }

    void sayOrder(const Json& from)
    {
        auto order = orderOf(from);
        _out.fact(order);
    }

    void sayStock(const Json& item, bool listings)
    {
        const auto sku = item.at("sku").get<std::string>();
        if (!listings)
            return _out.level({sku, "", item.at("quantity").get<std::int64_t>(),
                               item.at("updated_at").get<std::string>()});
        Listing listing;
        listing.externalId = listing.sku = listing.title = sku;
        listing.quantity = item.at("quantity").get<std::int64_t>();
        listing.updatedAt = item.at("updated_at").get<std::string>();
        _out.listing(listing);
    }

    const ShopApi _api;
    const PullRequest& _request;
    Out& _out;
    const std::int64_t _limit;
    std::string _since;
    std::string _seen;
};

} // namespace

Class pull(const Host& host, std::int64_t pages, std::string_view stream,
           const PullRequest& request, Out& out)
{
    Pulling pulling(host, pages, request, out);
    if (stream == "orders")
        return pulling.orders();
    if (stream == "listings" || stream == "levels")
        return pulling.stock(stream == "listings");
    return out.problem(Class::Unsupported, "there is no stream '" + std::string(stream) + "'");
}

// ------------------------------------------------------------------ push

namespace
{

Result result(const std::string& item, Class kind, const std::string& reason = {})
{
    Result made;
    made.item = item;
    made.kind = kind;
    made.reason = reason;
    return made;
}

Result resultOf(const StockItem& item, const Json& said)
{
    const auto state = said.value("state", "");
    if (state == "set")
        return result(item.item, Class::Done);
    if (state == "unknown")
        return result(item.item, Class::Unmatched, "the shop has no " + item.sku);
    auto made = result(item.item, Class::Conflict, "the shop shows another quantity");
    made.observed = said.value("quantity", std::int64_t{0});
    return made;
}

Class pushStock(const ShopApi& api, const std::vector<StockItem>& items, Out& out)
{
    if (items.empty())
        return Class::Done;
    Json asked = Json::array();
    for (const auto& item : items) {
        asked.push_back({{"sku", item.stockId}, {"quantity", item.quantity}});
        if (item.expected && item.previous != Class::UnknownOutcome)
            asked.back()["expected"] = *item.expected;
    }
    const auto answer = api.put("/stock", {{"items", asked}});
    const auto results = answer.value("results", Json::array());
    if (results.size() != items.size())
        throw Failure(Class::UnknownOutcome, "the shop's answer lacks results");
    for (std::size_t i = 0; i < items.size(); ++i)
        out.result(resultOf(items[i], results[i]));
    return Class::Done;
}

Class pushShipments(const ShopApi& api, const std::vector<ShipmentItem>& items, Out& out)
{
    for (const auto& item : items) {
        Json lines = Json::array();
        for (const auto& line : item.lines)
            lines.push_back({{"id", line.lineId}, {"quantity", line.quantity}});
        try {
            const auto answer = api.post("/shipments", {{"key", item.key},
                                                        {"order", item.orderId},
                                                        {"lines", lines},
                                                        {"tracking", item.trackingNumber}});
            auto made = result(item.item, Class::Done);
            made.externalId = answer.value("id", "");
            out.result(made);
        } catch (const Failure& failure) {
            if (failure.kind() != Class::UnknownOutcome && failure.kind() != Class::Rejected)
                throw; // it would meet the next one as well
            out.result(result(item.item, failure.kind(), failure.what()));
            if (failure.kind() == Class::UnknownOutcome)
                throw Failure(Class::Retry, "an earlier shipment's outcome is not known");
        }
    }
    return Class::Done;
}

} // namespace

Class push(const Host& host, const PushBatch& batch, Out& out)
{
    const ShopApi api(host);
    if (batch.kind == "stock")
        return pushStock(api, batch.stock, out);
    if (batch.kind == "shipment")
        return pushShipments(api, batch.shipments, out);
    return out.problem(Class::Unsupported, "there are no pushes of kind '" + batch.kind + "'");
}

} // namespace faulty
