#include "api/MerchantStatus.h"

#include <array>

namespace spokehub::api
{

namespace
{

constexpr std::array<std::string_view, 7> names = {"IMPORTED",  "PAID",     "PICKED",   "SHIPPED",
                                                   "DELIVERED", "RETURNED", "CANCELLED"};

} // namespace

std::string_view name(MerchantStatus status)
{
    return names.at(static_cast<std::size_t>(status));
}

std::optional<MerchantStatus> merchantStatusFromName(std::string_view wanted)
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == wanted)
            return static_cast<MerchantStatus>(i);
    return std::nullopt;
}

MerchantStatus merchantStatusOf(orders::OrderStatus status, std::string_view paymentStatus)
{
    using orders::OrderStatus;
    switch (status) {
    case OrderStatus::Pending:
    case OrderStatus::Confirmed:
        return orders::isPaid(paymentStatus) ? MerchantStatus::Paid : MerchantStatus::Imported;
    case OrderStatus::Packed:
        return MerchantStatus::Picked;
    case OrderStatus::PartlyShipped:
    case OrderStatus::Shipped:
    case OrderStatus::PartlyDelivered:
        return MerchantStatus::Shipped;
    case OrderStatus::Delivered:
    case OrderStatus::Completed:
        return MerchantStatus::Delivered;
    case OrderStatus::Cancelled:
        return MerchantStatus::Cancelled;
    case OrderStatus::Returned:
        return MerchantStatus::Returned;
    }
    return MerchantStatus::Imported;
}

orders::OrderQuery ordersOf(MerchantStatus status)
{
    using orders::OrderStatus;
    switch (status) {
    case MerchantStatus::Imported:
        return {.statuses = {OrderStatus::Pending, OrderStatus::Confirmed}, .paid = false};
    case MerchantStatus::Paid:
        return {.statuses = {OrderStatus::Pending, OrderStatus::Confirmed}, .paid = true};
    case MerchantStatus::Picked:
        return {.statuses = {OrderStatus::Packed}};
    case MerchantStatus::Shipped:
        return {.statuses = {OrderStatus::PartlyShipped, OrderStatus::Shipped,
                             OrderStatus::PartlyDelivered}};
    case MerchantStatus::Delivered:
        return {.statuses = {OrderStatus::Delivered, OrderStatus::Completed}};
    case MerchantStatus::Returned:
        return {.statuses = {OrderStatus::Returned}};
    case MerchantStatus::Cancelled:
        return {.statuses = {OrderStatus::Cancelled}};
    }
    return {};
}

} // namespace spokehub::api
