#pragma once

#include "core/Scope.h"
#include "orders/OrderState.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <vector>

namespace spokehub::orders
{

/// A line as it is stored.
struct LineRow
{
    Id id = 0;
    std::string externalLineId;
    std::string externalVariantId;
    std::optional<Id> variant; // nothing: not matched yet
    std::string sku;           // as the channel has it
    std::string title;
    std::int64_t unitPrice = 0;
    std::int64_t unitsPerSale = 1;
    bool requiresShipping = true;
    Quantity ordered = 0;
    Quantity cancelled = 0;
    Quantity shipped = 0;
    Quantity delivered = 0;
    Quantity returned = 0;
    Quantity target = 0; // still owed
    Quantity shortage = 0;
};

struct OrderRow
{
    Id id = 0;
    Id channel = 0;
    std::string externalId;
    std::string number;
    OrderStatus status = OrderStatus::Pending;
    std::string paymentStatus;
    std::string review;
    bool history = false;
    bool test = false;
    std::string currency;
    std::int64_t total = 0;
    std::int64_t refunded = 0;
    Time placedAt;
    Time channelUpdatedAt;
    Time createdAt;
    Time updatedAt;
    std::optional<Id> customer; // nobody's name is known: nothing
    std::vector<LineRow> lines;
};

struct FactRow
{
    std::string key;
    Time updatedAt;
    Time recordedAt;
    std::string cause;
    std::string body; // only when it was asked for
};

struct ShipmentRow
{
    Id id = 0;
    std::string carrier;
    std::string trackingNumber;
    std::string trackingUrl;
    std::string externalId; // the channel's, once it has told
    std::string lines;      // JSON, as it was stored
    std::string actor;
    Time createdAt;
};

/// One order with all that belongs to it.
struct OrderDetail
{
    OrderRow order;
    std::string detail; // JSON: customer, ship_to, totals, cancel_reason
    std::vector<FactRow> facts;
    std::vector<ShipmentRow> shipments;
};

struct OrderQuery
{
    std::vector<OrderStatus> statuses{}; // any of them; empty: all
    std::optional<bool> paid{};
    std::optional<std::string> paymentStatus{};
    std::optional<Id> channel{};
    std::optional<Id> customer{};
    std::optional<std::string> externalId{};
    std::optional<bool> review{};                 // held for review
    std::optional<Time> placedFrom{}, placedTo{}; // from inclusive, to exclusive
    std::optional<Time> updatedFrom{}; // then in the order of the change, not newest first
    std::optional<Time> updatedTo{};
};

/// Whether the money of an order with this payment status has come (or came and went back).
bool isPaid(std::string_view paymentStatus);

/// Reads orders for those who ask; each call is one statement (a list of several statuses: one for
/// each).
class OrderReader
{
public:
    /// Newest first when the query does not say otherwise, with their lines. Where a page begins
    /// does not matter for what it costs.
    store::Page<OrderRow> list(store::Session& session, const Scope& scope, const OrderQuery& query,
                               const store::PageRequest& page) const;

    std::optional<OrderDetail> get(store::Session& session, const Scope& scope, Id order) const;

    /// Orders by where they stand; without their contents.
    struct Found
    {
        Id id = 0;
        Id channel = 0;
        std::string externalId;
    };
    std::vector<Found> ofCustomer(store::Session& session, const Scope& scope, Id customer) const;
    std::vector<Found> ofExternalIds(store::Session& session, const Scope& scope, Id channel,
                                     const std::vector<std::string>& externalIds) const;
    /// Of the whole channel, those whose person was not erased.
    std::vector<Found> ofChannel(store::Session& session, const Scope& scope, Id channel) const;

    /// Everything known of it, with the documents.
    std::vector<FactRow> facts(store::Session& session, const Scope& scope, Id order) const;
    std::vector<ShipmentRow> shipments(store::Session& session, const Scope& scope, Id order) const;
};

} // namespace spokehub::orders
