#pragma once

#include "sim/World.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spokehub::sim
{

/// What a shop is like, and what may go wrong with it.
struct Traits
{
    std::string name;
    bool compares = false;   // refuses a quantity when it shows something else than expected
    bool thin = false;       // its webhooks only name the order
    bool tellsTimes = false; // its quantities carry their times
    std::int64_t unitsPerSale = 1;
    std::chrono::seconds clockAhead{0};
};

/// Chances in percent; all zero: a good day.
struct Mischief
{
    int lose = 0, repeat = 0, delay = 0, poison = 0;  // of webhooks
    int limit = 0, fail = 0, partly = 0, unknown = 0; // of calls
    int slow = 0, reject = 0, late = 0, oversell = 0; // late: what was of unknown outcome
    int auth = 0;                                     // per mille
};

struct Units
{
    std::string line;
    std::int64_t quantity = 0;
};

struct ShopLine
{
    std::string id;
    std::size_t product = 0;
    std::int64_t quantity = 0;
    std::int64_t taken = 0; // edited out, without a refund
};

struct Fulfilment
{
    std::string id;
    std::string tracking;
    Time at, updatedAt;
    bool cancelled = false;
    std::vector<Units> units;
};

struct Refund
{
    std::string id;
    Time at;
    std::string disposition;
    std::vector<Units> units;
};

struct ShopOrder
{
    std::string id;
    Time placedAt, updatedAt;
    Time listedAt; // it is in the lists from then on: they lag behind
    int revision = 0;
    bool paid = false, cancelled = false;
    std::vector<ShopLine> lines;
    std::vector<Fulfilment> fulfilments;
    std::vector<Refund> refunds;

    std::int64_t fulfilled(const std::string& line) const;
    std::int64_t refunded(const std::string& line, const std::string& disposition) const;
    /// Units that the shop still owes.
    std::int64_t open(const ShopLine& line) const;
    std::int64_t open() const;
};

struct Product
{
    std::string id; // of the listing and its stock
    std::string sku;
    std::int64_t shown = 0;
    Time shownAt;
    std::int64_t lost = 0; // what fell without an order: old quantities that came late
};

struct Webhook
{
    std::string id;
    std::string topic;
    std::string body;
};

/// An outside shop with its buyers and its staff: it sells what it shows, tells of it by webhooks
/// that may be lost, repeated, late and out of order, and knows nothing of the hub.
class Shop
{
public:
    /// Hands a webhook to the hub; the answer is whether it is durable there.
    using Deliver = std::function<void(Webhook, std::function<void(bool)>)>;

    Shop(World& world, Traits traits, std::vector<std::string> skus, Deliver deliver);

    const Traits traits;
    Mischief mischief;
    std::vector<Product> products;
    std::map<std::string, ShopOrder> orders;

    // ---- what people do there
    void buy();
    /// Something happens to one of the orders: paid, edited, cancelled, refunded, fulfilled …
    void work();
    std::int64_t webhooks() const { return _webhooks; }

    // ---- what its interface does
    Time clock() const
    {
        return Time{_world.now().micros / 1'000'000 * 1'000'000} + traits.clockAhead;
    }
    void show(Product& product, std::int64_t quantity);
    Product* product(const std::string& id);
    /// The fulfilment's id; nothing when these units are not open.
    std::optional<std::string> fulfil(const std::string& order, const std::string& tracking,
                                      const std::vector<Units>& units);
    /// The documents of an order: how it stands, and what happened to it.
    std::vector<std::string> documentsOf(const ShopOrder& order,
                                         std::optional<Time> readAt = {}) const;

private:
    ShopOrder* someOrder();
    void cancel(ShopOrder& order);
    void edit(ShopOrder& order);
    void refundOpen(ShopOrder& order);
    void takeBack(ShopOrder& order);
    void fulfilSome(ShopOrder& order);
    void undoFulfilment(ShopOrder& order);
    void touch(ShopOrder& order, const std::string& what);
    std::string snapshotOf(const ShopOrder& order, std::optional<Time> readAt) const;
    void tell(const ShopOrder& order);
    void send(std::string topic, std::string body);
    void attempt(const Webhook& webhook, int tries);
    std::string newId(const char* kind);

    World& _world;
    Deliver _deliver;
    std::int64_t _lastId = 0;
    std::int64_t _webhooks = 0;
    std::vector<std::string> _recent; // orders that something still happens to
};

} // namespace spokehub::sim
