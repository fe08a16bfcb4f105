#pragma once

#include "ShopifyApi.h"

#include <vector>

namespace spokehub::shopify
{

/// Reports shipments as fulfilments. Shopify has no idempotency key for them, so what is already
/// fulfilled is read first, each time; each item stands alone.
class ShipmentPush
{
public:
    ShipmentPush(const Host& host, ShopifyApi& api, const ShopifySettings& settings, Out& out)
        : _host(host), _api(api), _settings(settings), _out(out)
    {
    }

    Class run(const std::vector<ShipmentItem>& items);

private:
    /// What the shop still wants shipped of one order line, at one of its locations.
    struct OpenLine
    {
        std::string id; // of the fulfilment order's line
        std::string orderLineId;
        std::int64_t remaining = 0;
        std::int64_t take = 0;
    };

    struct FulfilmentOrder
    {
        std::string id;
        std::string location;
        bool open = false;
        bool held = false;
        std::vector<OpenLine> lines;
    };

    struct Known
    {
        std::string id;
        std::string tracking;
        std::vector<LineQuantity> lines;
    };

    struct OrderAtShop
    {
        std::vector<FulfilmentOrder> fulfilmentOrders;
        std::vector<Known> fulfilments; // those that stand
    };

    void ship(const ShipmentItem& item);
    OrderAtShop read(const std::string& orderId);
    static void readFulfilments(const JsonObject& order, OrderAtShop& to);
    static void readFulfilmentOrders(const JsonObject& connection, OrderAtShop& to);
    /// A fulfilment that already is this shipment, and its lines taken off `left`.
    static const Known* alreadyShipped(const ShipmentItem& item, const OrderAtShop& order,
                                       std::vector<LineQuantity>& left);
    static std::string allocate(const std::vector<LineQuantity>& left, OrderAtShop& order);
    std::string fulfil(const ShipmentItem& item, const std::vector<const FulfilmentOrder*>& at);
    void updateTracking(const ShipmentItem& item, const std::string& fulfilmentId);
    void say(const ShipmentItem& item, Class kind, const std::string& reason,
             const std::string& externalId = {});

    const Host& _host;
    ShopifyApi& _api;
    const ShopifySettings& _settings;
    Out& _out;
};

} // namespace spokehub::shopify
