#include "FaultyChannel.h"

#include "Fault.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

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

/// What the shop said last, for the faults that repeat it.
std::string& lastBody()
{
    static std::string body;
    return body;
}

std::optional<std::chrono::milliseconds> waitOf(const HttpResult& answer, std::int64_t now)
{
    const auto said = answer.header("Retry-After").value_or("");
    const bool digits = !said.empty() && said.front() >= '0' && said.front() <= '9';
    if (has(digits ? "errors.retry_after_seconds" : "errors.retry_after_date"))
        return std::nullopt;
    if (has("errors.retry_after_garbage") && said == "-5")
        return std::chrono::milliseconds(-5000);
    return answer.retryAfter(now);
}

/// What must never be done beside a call.
void misbehave(const Host& host)
{
    if (has("hygiene.only_allowed_hosts")) {
        HttpRequest request;
        request.url = "https://telemetry.example/";
        host.http(request);
    }
    if (has("hygiene.writes_nothing"))
        std::puts("asking the shop");
    if (has("hygiene.no_sockets"))
        close(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (has("hygiene.no_processes"))
        if (const pid_t child = fork(); child == 0)
            _exit(0);
}

/// What an answer's text must never be put into.
void repeat(const Host& host, const HttpResult& answer)
{
    lastBody() = answer.body;
    if (has("hygiene.log_keeps_secrets"))
        host.log(LogLevel::Warning, answer.body.substr(0, 100));
    if (has("hygiene.store_keeps_secrets"))
        host.kvPut("last", answer.body.substr(0, 1000));
}

} // namespace

// ------------------------------------------------------------------ the API

HttpResult ShopApi::send(const std::string& method, const std::string& target,
                         const std::string& body) const
{
    misbehave(_host);
    HttpRequest request;
    request.method = method;
    request.url = origin + target;
    if (has("hygiene.requests_keep_secrets"))
        request.url += "&echo=" + toHex(lastBody().substr(0, 100));
    request.headers = {{"Authorization", "Bearer ${secret:token}"}};
    request.body = body;
    auto answer = _host.http(request);
    for (int again = 0; again < 20 && has("errors.gives_up") && answer.status >= 500; ++again)
        answer = _host.http(request);
    for (int again = 0; again < 3 && has("cancel.no_more_calls"); ++again)
        if (answer.kind == Class::Cancelled)
            answer = _host.http(request);
    repeat(_host, answer);
    const bool writes = method != "GET";
    if (answer.kind == Class::UnknownOutcome) {
        const bool wrong = has(writes ? "push.answer_lost" : "errors.lost_while_reading");
        throw Failure(theirs(writes != wrong), "the answer of the shop was lost");
    }
    if (answer.kind == Class::Cancelled && has("cancel.at_each_call"))
        throw Failure(Class::Retry, "the hub stops");
    if (answer.kind == Class::Retry && has("errors.nothing_sent"))
        throw Failure(Class::Config, "the shop cannot be asked");
    if (answer.kind != Class::Done)
        throw Failure(answer.kind, "the shop cannot be asked");
    if (has("cancel.after_each_answer") && _host.cancelled())
        throw Failure(Class::Retry, "the hub stops");
    return answer;
}

/// The class of a status, as the faults have it.
Class ShopApi::classOf(int status, bool writes)
{
    if (status == 401)
        return has("errors.unauthorized") ? Class::Config : Class::Auth;
    if (status == 403)
        return has("errors.forbidden") ? Class::Retry : Class::Config;
    if (status == 404)
        return has("errors.not_found") ? Class::Retry : Class::Config;
    if (status >= 300 && status < 400)
        return has("errors.redirected") ? Class::Retry : Class::Config;
    if (status == 429)
        return Class::RateLimited;
    if (status == 503 && has("errors.their_failures"))
        return Class::Rejected;
    if (status >= 500)
        return theirs(writes && !has("errors.failures_after_a_change"));
    return has("errors.refused") ? Class::Retry : Class::Rejected;
}

void ShopApi::refuse(const HttpResult& answer, bool writes) const
{
    std::string said = "the shop answered " + std::to_string(answer.status);
    if (has("errors.says_why"))
        said.clear();
    if (has("errors.reasons_are_short") && answer.body.size() > 500'000)
        said += answer.body;
    if (has("hygiene.reasons_keep_secrets"))
        said += answer.body.substr(0, 100);
    if (answer.status == 410)
        throw Expired(Class::Retry, said);
    if (answer.status == 429 && has("rate.stops_when_limited"))
        send("GET", "/ping", {});
    if (answer.status == 429 && has("errors.too_many") && answer.body.empty())
        throw Failure(Class::Retry, said);
    const Class kind = classOf(answer.status, writes);
    throw Failure(kind, said,
                  kind == Class::RateLimited ? waitOf(answer, _host.now()) : std::nullopt);
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
        throw Failure(theirs(writes && !has("errors.garbage_after_a_change")),
                      "the shop's answer is no JSON object");
    return json;
}

std::optional<Json> ShopApi::find(const std::string& target) const
{
    const auto answer = send("GET", target, {});
    const bool known = Json::parse(answer.body, nullptr, false).is_object();
    if (answer.status == 404 && known && !has("pull.unknown_ids"))
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
    if (has("recorded.check"))
        out.finding({"ok", "more", "one more thing is well", ""});
    if (has("check.finds_nothing_wrong"))
        out.finding({"error", "token", "something is always wrong", ""});
    if (has("check.findings_fit"))
        out.raw(SPH_DOC_FINDING, R"({"level": "fine", "subject": "token", "message": "well"})");
    try {
        const auto answer = ShopApi(host).get("/ping");
        out.finding({"ok", "token", "the shop answers as " + answer.value("name", "?"), ""});
    } catch (const Failure& failure) {
        if (failure.kind() == Class::Cancelled || has("cancel.at_each_call"))
            throw;
        const bool silent =
            (failure.kind() == Class::Auth && has("check.finds_bad_credentials")) ||
            (failure.kind() == Class::Retry && has("check.finds_an_absent_channel"));
        const std::string more =
            has("hygiene.documents_keep_secrets") ? lastBody().substr(0, 100) : "";
        out.finding({silent ? "ok" : "error", "token", failure.what() + more,
                     "give the token of the shop"});
    }
    return Class::Done;
}

namespace
{

void subscribeTopic(const ShopApi& api, const char* topic, const std::string& address,
                    const SubscribeRequest& request, Out& out)
{
    const bool ours = address == request.address;
    if (request.action == "remove") {
        if (!ours)
            return;
        if (!has("subscribe.removes"))
            api.put("/hooks", {{"topic", topic}, {"address", ""}});
        out.subscription({topic, "removed", ""});
    } else if (ours)
        out.subscription(
            {topic,
             has("subscribe.repairs_once") && request.action == "repair" ? "repaired" : "present",
             ""});
    else if (request.action == "list")
        out.subscription({topic, "failed", "there is no subscription"});
    else {
        if (address.empty() || !has("subscribe.follows_the_hub"))
            api.put("/hooks", {{"topic", topic}, {"address", request.address}});
        out.subscription({topic, address.empty() ? "created" : "repaired", ""});
    }
}

} // namespace

Class subscribe(const Host& host, const SubscribeRequest& request, Out& out)
{
    if (has("subscribe.unknown_actions") && request.action == "nobody_knows_this")
        return Class::Done;
    if (request.action != "list" && request.action != "repair" && request.action != "remove")
        return out.problem(Class::Unsupported, "'" + request.action + "' is no action");
    const ShopApi api(host);
    const auto hooks = api.get("/hooks");
    if (!hooks.contains("hooks"))
        throw Failure(Class::Retry, "the shop's answer lacks its hooks");
    for (const char* topic : {"orders/changed", "orders/thin", "stock/changed"})
        if (has("subscribe.repairs") && !hooks["hooks"].contains(topic) && request.action == "list")
            out.subscription({topic, "present", ""});
        else
            subscribeTopic(api, topic, hooks["hooks"].value(topic, ""), request, out);
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
          _limit(request.pageMax > 0 && !has("pull.pages_are_bounded")
                     ? std::min(pages, request.pageMax)
                     : pages)
    {
    }

    Class orders()
    {
        if (!_request.id.empty()) {
            if (const auto order = _api.find("/orders/" + _request.id))
                sayOrder(*order);
            return saidOne();
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
            return saidOne();
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

    /// The shop knows where its parcels are.
    Class parcels()
    {
        const auto& numbers =
            _request.id.empty() ? _request.subjects : std::vector<std::string>{_request.id};
        auto from = static_cast<std::size_t>(
            std::upper_bound(numbers.begin(), numbers.end(), _request.cursor) - numbers.begin());
        for (from = _request.id.empty() ? from : 0; from < numbers.size();) {
            const auto to = std::min(numbers.size(), from + static_cast<std::size_t>(_limit));
            std::string asked;
            for (std::size_t i = from; i < to; ++i)
                asked += numbers[i] + ",";
            sayParcels(asked, to - from);
            if (_request.id.empty())
                _out.checkpoint({numbers[to - 1]});
            from = to;
        }
        return Class::Done;
    }

private:
    void sayParcels(const std::string& asked, std::size_t count)
    {
        const auto answer = _api.get("/parcels?numbers=" + asked);
        if (!answer.contains("parcels"))
            throw Failure(Class::Retry, "the shop's answer lacks its parcels");
        if (has("pull.unknown_parcels") && count > 1 && answer["parcels"].size() < count)
            throw Failure(Class::Unmatched, "the shop does not know one of the parcels");
        for (const Json& each : answer["parcels"])
            _out.parcel({each.value("number", ""), each.value("status", ""), each.value("at", ""),
                         "", "", "", ""});
    }

    Class saidOne()
    {
        if (has("pull.one_by_id"))
            _out.checkpoint({""});
        return Class::Done;
    }

    /// Every page from that one on, a checkpoint behind each. When the shop does not know the page
    /// any more, all is read anew.
    template <class Say, class Cursor>
    void each(const std::string& target, std::string page, const char* list, Say&& say,
              Cursor&& cursor)
    {
        bool more = true;
        for (int pages = 0; more; ++pages) {
            Json answer;
            try {
                answer = _api.get(target + "limit=" + std::to_string(_limit) + "&page=" + page);
            } catch (const Expired&) {
                if (page.empty() || has("pull.expired_cursors"))
                    throw;
                page.clear();
                continue;
            }
            if (!answer.contains(list) && !has("errors.garbage"))
                throw Failure(Class::Retry, "the shop's answer lacks its list");
            auto things = answer.value(list, Json::array());
            spoil(things, pages);
            page = answer.value("next", "");
            more = !page.empty() && !(has("pull.pages_of_one") && _limit == 1) &&
                   !(has("pull.ten_thousand") && pages == 100);
            if (has("cancel.pulls_go_on"))
                _out.checkpoint({cursor(page)});
            for (const Json& one : things)
                say(one);
            if ((more || !has("pull.ends_with_a_checkpoint")) && !has("cancel.pulls_go_on"))
                _out.checkpoint({cursor(page)});
        }
    }

    /// What the faults make of a page.
    void spoil(Json& things, int page)
    {
        if (has("pull.empty_channels") && things.empty())
            throw std::logic_error("never seen");
        if (has("pull.complete") && things.size() == 7)
            things.erase(things.size() - 1);
        if (has("pull.resumes") && page == 0 && !_request.cursor.empty() && !things.empty())
            things.erase(0);
        if (!has("pull.equal_times") || things.empty())
            return;
        const auto last = things.back()["updated_at"];
        while (!things.empty() && things.front()["updated_at"] == _lastTime)
            things.erase(0);
        _lastTime = last;
    }

    void sayOrder(const Json& from)
    {
        auto order = orderOf(from);
        if (has("rate.pulls_are_paged"))
            for (int again = 0; again < 2; ++again)
                _api.find("/orders/" + order.orderId);
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
        if (has("recorded.pulls"))
            listing.title += " (new)";
        listing.quantity = item.at("quantity").get<std::int64_t>();
        listing.updatedAt =
            has("pull.documents_fit") ? "yesterday" : item.at("updated_at").get<std::string>();
        static int said = 0;
        if (has("pull.same_twice"))
            listing.title += std::to_string(++said);
        _out.listing(listing);
    }

    const ShopApi _api;
    const PullRequest& _request;
    Out& _out;
    const std::int64_t _limit;
    std::string _since;
    std::string _seen;
    Json _lastTime;
};

} // namespace

Class pull(const Host& host, std::int64_t pages, std::string_view stream,
           const PullRequest& request, Out& out)
{
    Pulling pulling(host, pages, request, out);
    try {
        if (stream == "orders")
            return pulling.orders();
        if (stream == "listings" || stream == "levels")
            return pulling.stock(stream == "listings");
        if (stream == "shipments")
            return pulling.parcels();
    } catch (const Failure& failure) {
        if (has("cancel.at_each_document") &&
            failure.what() == std::string("the hub wants no more"))
            return Class::Done;
        throw;
    }
    if (has("pull.unknown_streams"))
        return Class::Done;
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
    if (state == "set" && has("recorded.pushes"))
        return result(item.item, Class::Retry, "the shop is asked once more");
    if (state == "set")
        return result(item.item, Class::Done);
    if (state == "unknown")
        return result(item.item, Class::Unmatched, "the shop has no " + item.sku);
    auto made = result(item.item, Class::Conflict, "the shop shows another quantity");
    made.observed = said.value("quantity", std::int64_t{0});
    return made;
}

/// What is sent for the items, as the faults have it.
Json askedFor(const std::vector<StockItem>& items)
{
    static std::set<std::string> keys;
    Json asked = Json::array();
    for (const auto& item : items) {
        auto quantity = item.quantity;
        if (has("push.one") && items.size() == 1)
            ++quantity;
        if (has("push.zero_and_large"))
            quantity = std::min<std::int64_t>(quantity, 65'535);
        if (has("push.same_key_once") && !item.previous && !keys.insert(item.key).second)
            ++quantity;
        asked.push_back({{"sku", item.stockId}, {"quantity", quantity}});
        if (item.expected && item.previous != Class::UnknownOutcome)
            asked.back()["expected"] = *item.expected;
        else if (has("push.identical_changes_nothing"))
            asked.insert(asked.end() - 1, Json{{"sku", item.stockId}, {"quantity", 0}});
    }
    const auto size = items.size();
    if ((has("push.most") && size == 20) || (has("push.more_than_most") && size > 20))
        asked.back()["sku"] = items.front().stockId;
    return asked;
}

/// One result for each item: where two things were sent for each, the second counts.
Json resultsOf(const Json& answer, std::size_t items)
{
    const auto all = answer.value("results", Json::array());
    if (all.size() != items && all.size() != 2 * items)
        throw Failure(Class::UnknownOutcome, "the shop's answer lacks results");
    Json results = Json::array();
    for (std::size_t i = all.size() / std::max<std::size_t>(items, 1) - 1; i < all.size();
         i += all.size() / items)
        results.push_back(all[i]);
    return results;
}

void sayResults(const std::vector<StockItem>& items, const Json& results, Out& out)
{
    const auto unknown = std::count_if(results.begin(), results.end(), [](const Json& one) {
        return one.value("state", "") == "unknown";
    });
    const bool all = unknown == static_cast<std::ptrdiff_t>(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto made = resultOf(items[i], results[i]);
        if (has("push.bad_item_alone") && unknown > 0 && !all)
            made = result(items[i].item, Class::Rejected, "one of them is bad");
        if (has("push.all_bad") && all)
            made = result(items[i].item, Class::Done);
        if (has("push.conflicts_tell_observed"))
            made.observed.reset();
        out.result(made);
        if (has("push.every_item_answered") && i == 0)
            out.result(made);
    }
}

Class pushStock(const ShopApi& api, const std::vector<StockItem>& items, Out& out)
{
    if (items.empty())
        return Class::Done;
    if (has("push.documents_fit"))
        out.rate({0, 0, 0});
    if (has("rate.within_the_hint") && items.size() > 1) {
        for (const auto& item : items)
            pushStock(api, {item}, out);
        return Class::Done;
    }
    const auto answer = api.put("/stock", {{"items", askedFor(items)}});
    sayResults(items, resultsOf(answer, items.size()), out);
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
            made.externalId = has("push.shipments_once") ? "" : answer.value("id", "");
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

namespace
{

template <class Items>
bool claimsDone(const Items& items, Out& out, bool all)
{
    bool claimed = false;
    for (const auto& item : items)
        if (all || item.previous == Class::UnknownOutcome) {
            out.result(result(item.item, Class::Done));
            claimed = true;
        }
    return claimed;
}

Class pushBatch(const Host& host, const PushBatch& batch, Out& out)
{
    const ShopApi api(host);
    if (batch.kind == "stock")
        return pushStock(api, batch.stock, out);
    if (batch.kind == "shipment")
        return pushShipments(api, batch.shipments, out);
    if (has("push.unknown_kinds"))
        return Class::Done;
    return out.problem(Class::Unsupported, "there are no pushes of kind '" + batch.kind + "'");
}

} // namespace

Class push(const Host& host, const PushBatch& batch, Out& out)
{
    if (has("push.lost_then_again") &&
        (claimsDone(batch.stock, out, false) || claimsDone(batch.shipments, out, false)))
        return Class::Done;
    try {
        return pushBatch(host, batch, out);
    } catch (const Failure& failure) {
        if (failure.kind() == Class::Cancelled && has("cancel.is_taken_up_again")) {
            claimsDone(batch.stock, out, true);
            claimsDone(batch.shipments, out, true);
        }
        throw;
    }
}

} // namespace faulty
