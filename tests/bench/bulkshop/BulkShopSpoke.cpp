#include "spokehub/Spoke.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <thread>

using namespace spokehub;

namespace
{

constexpr std::int64_t pageSize = 500;

std::int64_t numberIn(const std::string& cursor)
{
    std::int64_t number = 0;
    std::from_chars(cursor.data(), cursor.data() + cursor.size(), number);
    return number;
}

/// A minute for each order, from 2020 on.
std::string timeOf(std::int64_t number)
{
    constexpr std::int64_t from = 1'577'836'800;
    return isoFromMicros((from + number * 60) * 1'000'000);
}

/// Payment and status of one order; most are paid and done.
const char* statusOf(std::int64_t number)
{
    switch (number % 50) {
    case 7:
        return R"({"cancelled":true,"cancelled_at":null,"cancel_reason":"customer","paid":true,"payment":"voided"})";
    case 11:
        return R"({"cancelled":false,"cancelled_at":null,"cancel_reason":null,"paid":true,"payment":"refunded"})";
    case 13:
        return R"({"cancelled":false,"cancelled_at":null,"cancel_reason":null,"paid":false,"payment":"pending"})";
    default:
        return R"({"cancelled":false,"cancelled_at":null,"cancel_reason":null,"paid":true,"payment":"paid"})";
    }
}

/// A DOCUMENTS.md order of two lines, as short work for the shop as can be: it is the hub that is
/// measured.
std::string orderText(std::int64_t number)
{
    char text[1400];
    const std::string time = timeOf(number);
    const auto n = static_cast<long long>(number);
    const int size = std::snprintf(
        text, sizeof text,
        R"({"type":"order","order_id":"H-%lld","updated_at":"%s","read_at":"%s","number":"#H%lld","placed_at":"%s",)"
        R"("currency":"USD","test":false,"status":%s,"totals":{"total":14695,"subtotal":13000,"tax":1195,"shipping":500,)"
        R"("discount":0,"buyer_currency":"USD","buyer_total":14695},"customer":{"id":"C-%lld","email":"c%lld@example.com",)"
        R"("name":"Jo Smith","phone":null},"ship_to":{"name":"Jo Smith","company":"","address1":"123 Elm St.","address2":"",)"
        R"("city":"Ottawa","region":"ON","postal_code":"K2H 7A8","country":"CA","phone":""},"lines":[)"
        R"({"line_id":"%lld1","variant_id":"1","product_id":"1","sku":"BENCH-%lld","title":"Core Leggings - Black / S",)"
        R"("quantity":1,"open":0,"unit_price":6500,"requires_shipping":true},)"
        R"({"line_id":"%lld2","variant_id":"2","product_id":"1","sku":"BENCH-%lld","title":"Core Leggings - Black / M",)"
        R"("quantity":1,"open":0,"unit_price":6500,"requires_shipping":true}]})",
        n, time.c_str(), time.c_str(), n, time.c_str(), statusOf(number), n, n, n, n * 7919 % 1000,
        n, n * 104729 % 1000);
    return {text, static_cast<std::size_t>(size)};
}

std::string skuOf(std::int64_t number)
{
    return "BULK-" + std::to_string(number);
}

} // namespace

/// A shop with so many orders of former years and so many listings; each call takes its time, and
/// every push is done.
class BulkShopSpoke final : public Spoke
{
public:
    static const char* manifest()
    {
        return R"({
  "name": "bulkshop", "version": "1.0.0", "title": "Bulk shop", "kind": "sales_channel",
  "verbs": ["check", "accept", "translate", "pull", "push"],
  "streams": ["orders", "listings"], "push": ["stock"], "idempotency": "none", "quantity": "available",
  "settings": {"type": "object", "additionalProperties": false, "properties": {
    "orders": {"type": "integer", "default": 0, "minimum": 0, "description": "how many it has"},
    "listings": {"type": "integer", "default": 0, "minimum": 0, "description": "how many it has"},
    "latency_ms": {"type": "integer", "default": 0, "minimum": 0, "description": "of each push"}}},
  "secrets": {}, "hosts": [], "topics": [],
  "rate": {"capacity": 1000000, "restore_per_second": 1000000, "cost": 1, "batch_max": 100, "concurrency": 1}})";
    }

    BulkShopSpoke(Host host, const Settings& settings)
        : _host(host), _orders(settings.integer("orders", 0)),
          _listings(settings.integer("listings", 0)), _latency(settings.integer("latency_ms", 0))
    {
    }

    Class check(Out&) override { return Class::Done; }
    Accepted accept(const Request&) const override
    {
        return Accepted::forged("this shop sends no webhooks");
    }
    Class translate(const Message&, Out&) const override { return Class::Done; }

    Class pull(std::string_view stream, const PullRequest& request, Out& out) override
    {
        const bool orders = stream == "orders";
        const std::int64_t count = orders ? _orders : _listings;
        for (std::int64_t from = numberIn(request.cursor); from < count;) {
            const std::int64_t to = std::min(count, from + pageSize);
            for (; from < to; ++from)
                if (orders)
                    out.raw(SPH_DOC_FACT, orderText(from));
                else
                    out.listing(listing(from));
            out.checkpoint({std::to_string(to)});
            if (_host.cancelled())
                return out.problem(Class::Cancelled, "the hub asked to stop");
        }
        return Class::Done;
    }

    Class push(const PushBatch& batch, Out& out) override
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(_latency));
        for (const auto& item : batch.stock) {
            Result result;
            result.item = item.item;
            out.result(result);
        }
        return Class::Done;
    }

private:
    static Listing listing(std::int64_t number)
    {
        Listing listing;
        listing.externalId = listing.sku = listing.title = skuOf(number);
        listing.quantity = 10;
        return listing;
    }

    Host _host;
    const std::int64_t _orders;
    const std::int64_t _listings;
    const std::int64_t _latency;
};

SPOKEHUB_EXPORT(BulkShopSpoke);
