#pragma once

#include "orders/OrderReader.h"

#include <optional>
#include <string_view>

namespace spokehub::api
{

/// The words in which the first merchant's system speaks of orders: a view of ours.
enum class MerchantStatus
{
    Imported,
    Paid,
    Picked,
    Shipped,
    Delivered,
    Returned,
    Cancelled,
};

std::string_view name(MerchantStatus status);
std::optional<MerchantStatus> merchantStatusFromName(std::string_view name);

/// IMPORTED until it is paid, then PAID; after that the goods decide.
MerchantStatus merchantStatusOf(orders::OrderStatus status, std::string_view paymentStatus);

/// The orders that have this status.
orders::OrderQuery ordersOf(MerchantStatus status);

} // namespace spokehub::api
