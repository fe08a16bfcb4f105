#pragma once

#include "Shop.h"

namespace spokehub::standin
{

/// The shop's things as GraphQL objects, in the Admin API's own shape.
class ShopNodes
{
public:
    explicit ShopNodes(Shop& shop) : _shop(shop) {}

    Node variant(const Variant& variant) const;
    Node item(const Variant& variant) const;
    Node level(std::int64_t itemId, std::int64_t locationId) const; // null when not stocked there
    Node location(const Location& location) const;
    Node order(const Order& order) const;
    Node fulfilment(const Order& order, const Fulfilment& fulfilment) const;
    Node fulfilmentOrder(const Order& order) const;
    Node refund(const Order& order, const Refund& refund) const;
    Node subscription(const Subscription& subscription) const;
    /// Any of them by its gid; null when there is none.
    Node byGid(const std::string& gid) const;

    const Location* findLocation(std::int64_t id) const;

private:
    Node line(const OrderLine& line) const;
    Node money(std::int64_t cents) const;

    Shop& _shop;
};

std::string gid(const char* type, std::int64_t id);
/// The number at the end of a gid; 0 when it is not a gid of that type.
std::int64_t idOf(const Json& gid, const char* type);
std::string upper(std::string text);

} // namespace spokehub::standin
