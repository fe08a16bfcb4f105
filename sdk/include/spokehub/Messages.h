#pragma once

#include "spokehub/Class.h"
#include "spokehub/Text.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The documents of DOCUMENTS.md as plain structs. What a spoke says has `write` and `toJson`; what
// it is told has `read`. Times are ISO 8601 in UTC ("…Z", see isoUtc); empty text stands for "not
// known".
namespace spokehub
{
inline namespace sdk
{

// ------------------------------------------------------------------ facts

struct OrderStatus
{
    bool cancelled = false;
    std::string cancelledAt;
    std::string cancelReason;
    bool paid = false;
    std::string payment = "pending";
};

/// Minor units; the buyer's only when they paid in another currency than the shop's.
struct OrderTotals
{
    std::int64_t total = 0;
    std::int64_t subtotal = 0;
    std::int64_t tax = 0;
    std::int64_t shipping = 0;
    std::int64_t discount = 0;
    std::string buyerCurrency;
    std::optional<std::int64_t> buyerTotal;
};

struct Customer
{
    std::string id;
    std::string email;
    std::string name;
    std::string phone;
};

struct Address
{
    std::string name;
    std::string company;
    std::string address1;
    std::string address2;
    std::string city;
    std::string region;
    std::string postalCode;
    std::string country; // ISO 3166-1 alpha-2
    std::string phone;
};

struct OrderLine
{
    std::string lineId;
    std::string variantId;
    std::string productId;
    std::string sku;
    std::string title;
    std::int64_t quantity = 0;
    std::optional<std::int64_t> open; // what the channel still owes; nothing: it does not say
    std::int64_t unitPrice = 0;
    bool requiresShipping = true;
};

/// A snapshot: how the order stood at updatedAt.
struct Order
{
    std::string orderId;
    std::string updatedAt;
    std::string readAt;        // set when it was read at the source (pull)
    std::int64_t revision = 0; // tells snapshots of one updatedAt apart: the higher is the later
    std::string number;
    std::string placedAt;
    std::string currency;
    bool test = false;
    OrderStatus status;
    OrderTotals totals;
    std::optional<Customer> customer;
    std::optional<Address> shipTo;
    std::vector<OrderLine> lines;
};

struct LineQuantity
{
    std::string lineId;
    std::int64_t quantity = 0;
};

struct Fulfilment
{
    std::string id;
    std::string orderId;
    std::string updatedAt;
    std::string status = "success"; // success, cancelled, pending
    bool delivered = false;
    std::string trackingNumber;
    std::string trackingUrl;
    std::string carrier;
    std::string location;
    std::vector<LineQuantity> lines;
};

struct RefundLine
{
    std::string lineId;
    std::int64_t quantity = 0;
    std::string disposition = "none"; // cancel, return, none
    std::string location;
};

struct Refund
{
    std::string id;
    std::string orderId;
    std::string updatedAt;
    std::int64_t amount = 0;
    std::string currency;
    std::vector<RefundLine> lines;
};

struct Cancel
{
    std::string id;
    std::string orderId;
    std::string updatedAt;
    std::string reason;
};

struct Paid
{
    std::string id;
    std::string orderId;
    std::string updatedAt;
};

// ------------------------------------------------------------------ what a channel shows

struct Listing
{
    std::string externalId;
    std::string parentId;
    std::string stockId; // what levels are keyed by; empty: the externalId
    std::string sku;
    std::string title;
    std::optional<std::int64_t> price;
    std::string currency;
    bool tracked = true;
    std::optional<std::int64_t> quantity;
    std::string updatedAt;
    bool removed = false;
};

struct Level
{
    std::string stockId;
    std::string location;
    std::int64_t quantity = 0;
    std::string updatedAt;
};

/// What a carrier knows of a parcel.
struct Parcel
{
    std::string trackingNumber;
    std::string status; // announced, in_transit, out_for_delivery, failed, delivered, returned
    std::string updatedAt;
    std::string carrier;
    std::string trackingUrl;
    std::string location;
    std::string message; // in the carrier's words
};

/// A customer's or the channel's wish about personal data.
struct Privacy
{
    std::string request; // export, erase, erase_channel
    std::string id;      // the channel's own id of the request, if it has one
    std::optional<Customer> customer;
    std::vector<std::string> orders; // that the channel names: their ids
};

// ------------------------------------------------------------------ answers

struct Result
{
    std::string item;
    Class kind = Class::Done;
    std::string reason;
    std::optional<std::int64_t> retryAfterMs;
    std::optional<std::int64_t> observed; // with Conflict: what the channel shows
    std::string externalId;               // of a shipment: the channel's id of the fulfilment
};

struct Finding
{
    std::string level = "ok"; // ok, warning, error
    std::string subject;
    std::string message;
    std::string remedy;
};

struct Notice
{
    std::string kind;
    std::string message;
};

struct Fetch
{
    std::string stream;
    std::string id;
};

struct Checkpoint
{
    std::string cursor;
};

struct Rate
{
    std::int64_t available = 0;
    std::int64_t capacity = 0;
    std::int64_t restorePerSecond = 0;
};

struct Subscription
{
    std::string topic;
    std::string state; // present, created, repaired, removed, failed
    std::string reason;
};

/// A public key that accept needs (pull of "keys"); without expiresAt it is good for an hour.
struct Key
{
    std::string id;
    std::string pem; // SubjectPublicKeyInfo; line breaks do not matter
    std::string expiresAt;
};

struct Problem
{
    std::string reason;
    std::optional<std::int64_t> retryAfterMs;
    std::string detail;
};

// ------------------------------------------------------------------ writing

inline void write(JsonText& json, const Address& a)
{
    json.beginObject()
        .member("name", a.name)
        .member("company", a.company)
        .member("address1", a.address1);
    json.member("address2", a.address2).member("city", a.city).member("region", a.region);
    json.member("postal_code", a.postalCode)
        .member("country", a.country)
        .member("phone", a.phone)
        .endObject();
}

inline void write(JsonText& json, const OrderLine& line)
{
    json.beginObject().member("line_id", line.lineId).memberOrNull("variant_id", line.variantId);
    json.memberOrNull("product_id", line.productId)
        .member("sku", line.sku)
        .member("title", line.title);
    json.member("quantity", line.quantity)
        .member("open", line.open)
        .member("unit_price", line.unitPrice);
    json.member("requires_shipping", line.requiresShipping).endObject();
}

inline void write(JsonText& json, const OrderStatus& status)
{
    json.beginObject()
        .member("cancelled", status.cancelled)
        .memberOrNull("cancelled_at", status.cancelledAt);
    json.memberOrNull("cancel_reason", status.cancelReason).member("paid", status.paid);
    json.member("payment", status.payment).endObject();
}

inline void write(JsonText& json, const OrderTotals& totals)
{
    json.beginObject().member("total", totals.total).member("subtotal", totals.subtotal);
    json.member("tax", totals.tax)
        .member("shipping", totals.shipping)
        .member("discount", totals.discount);
    json.memberOrNull("buyer_currency", totals.buyerCurrency)
        .member("buyer_total", totals.buyerTotal)
        .endObject();
}

inline void write(JsonText& json, const Customer& customer)
{
    json.beginObject().memberOrNull("id", customer.id).memberOrNull("email", customer.email);
    json.memberOrNull("name", customer.name).memberOrNull("phone", customer.phone).endObject();
}

inline void write(JsonText& json, const Order& order)
{
    json.beginObject().member("type", "order").member("order_id", order.orderId);
    json.member("updated_at", order.updatedAt).memberOrNull("read_at", order.readAt);
    if (order.revision != 0)
        json.member("revision", order.revision);
    json.member("number", order.number).memberOrNull("placed_at", order.placedAt);
    json.member("currency", order.currency).member("test", order.test);
    write(json.key("status"), order.status);
    write(json.key("totals"), order.totals);
    json.key("customer");
    if (order.customer)
        write(json, *order.customer);
    else
        json.null();
    json.key("ship_to");
    if (order.shipTo)
        write(json, *order.shipTo);
    else
        json.null();
    json.key("lines").beginArray();
    for (const auto& line : order.lines)
        write(json, line);
    json.endArray().endObject();
}

namespace detail
{

/// The members that every event fact begins with.
template <class Event>
JsonText& beginEvent(JsonText& json, const char* type, const Event& event)
{
    json.beginObject()
        .member("type", type)
        .member("id", event.id)
        .member("order_id", event.orderId);
    return json.member("updated_at", event.updatedAt);
}

} // namespace detail

inline void write(JsonText& json, const Fulfilment& f)
{
    detail::beginEvent(json, "fulfilment", f)
        .member("status", f.status)
        .member("delivered", f.delivered);
    json.memberOrNull("tracking_number", f.trackingNumber)
        .memberOrNull("tracking_url", f.trackingUrl);
    json.memberOrNull("carrier", f.carrier).memberOrNull("location", f.location);
    json.key("lines").beginArray();
    for (const auto& line : f.lines)
        json.beginObject()
            .member("line_id", line.lineId)
            .member("quantity", line.quantity)
            .endObject();
    json.endArray().endObject();
}

inline void write(JsonText& json, const Refund& refund)
{
    detail::beginEvent(json, "refund", refund).member("amount", refund.amount);
    json.member("currency", refund.currency).key("lines").beginArray();
    for (const auto& line : refund.lines)
        json.beginObject()
            .member("line_id", line.lineId)
            .member("quantity", line.quantity)
            .member("disposition", line.disposition)
            .memberOrNull("location", line.location)
            .endObject();
    json.endArray().endObject();
}

inline void write(JsonText& json, const Cancel& cancel)
{
    detail::beginEvent(json, "cancel", cancel).memberOrNull("reason", cancel.reason).endObject();
}

inline void write(JsonText& json, const Paid& paid)
{
    detail::beginEvent(json, "paid", paid).endObject();
}

inline void write(JsonText& json, const Listing& listing)
{
    json.beginObject()
        .member("external_id", listing.externalId)
        .memberOrNull("parent_id", listing.parentId);
    json.member("stock_id", listing.stockId.empty() ? listing.externalId : listing.stockId);
    json.member("sku", listing.sku).member("title", listing.title).member("price", listing.price);
    json.memberOrNull("currency", listing.currency).member("tracked", listing.tracked);
    json.member("quantity", listing.quantity).memberOrNull("updated_at", listing.updatedAt);
    json.member("removed", listing.removed).endObject();
}

inline void write(JsonText& json, const Level& level)
{
    json.beginObject().member("stock_id", level.stockId).memberOrNull("location", level.location);
    json.member("quantity", level.quantity).memberOrNull("updated_at", level.updatedAt).endObject();
}

inline void write(JsonText& json, const Parcel& parcel)
{
    json.beginObject()
        .member("tracking_number", parcel.trackingNumber)
        .member("status", parcel.status)
        .member("updated_at", parcel.updatedAt);
    json.memberOrNull("carrier", parcel.carrier).memberOrNull("tracking_url", parcel.trackingUrl);
    json.memberOrNull("location", parcel.location)
        .memberOrNull("message", parcel.message)
        .endObject();
}

inline void write(JsonText& json, const Privacy& privacy)
{
    json.beginObject().member("request", privacy.request).memberOrNull("id", privacy.id);
    json.key("customer");
    if (privacy.customer)
        write(json, *privacy.customer);
    else
        json.null();
    json.key("orders").beginArray();
    for (const auto& order : privacy.orders)
        json.value(order);
    json.endArray().endObject();
}

inline void write(JsonText& json, const Result& result)
{
    json.beginObject().member("item", result.item).member("class", toText(result.kind));
    if (!result.reason.empty())
        json.member("reason", result.reason);
    if (result.retryAfterMs)
        json.member("retry_after_ms", *result.retryAfterMs);
    if (result.observed)
        json.member("observed", *result.observed);
    if (!result.externalId.empty())
        json.member("external_id", result.externalId);
    json.endObject();
}

inline void write(JsonText& json, const Finding& finding)
{
    json.beginObject().member("level", finding.level).member("subject", finding.subject);
    json.member("message", finding.message);
    if (!finding.remedy.empty())
        json.member("remedy", finding.remedy);
    json.endObject();
}

inline void write(JsonText& json, const Notice& notice)
{
    json.beginObject().member("kind", notice.kind).member("message", notice.message).endObject();
}

inline void write(JsonText& json, const Fetch& fetch)
{
    json.beginObject().member("stream", fetch.stream).member("id", fetch.id).endObject();
}

inline void write(JsonText& json, const Checkpoint& checkpoint)
{
    json.beginObject().member("cursor", checkpoint.cursor).endObject();
}

inline void write(JsonText& json, const Rate& rate)
{
    json.beginObject().member("available", rate.available).member("capacity", rate.capacity);
    json.member("restore_per_second", rate.restorePerSecond).endObject();
}

inline void write(JsonText& json, const Subscription& subscription)
{
    json.beginObject().member("topic", subscription.topic).member("state", subscription.state);
    if (!subscription.reason.empty())
        json.member("reason", subscription.reason);
    json.endObject();
}

inline void write(JsonText& json, const Key& key)
{
    json.beginObject().member("id", key.id).member("pem", key.pem);
    json.memberOrNull("expires_at", key.expiresAt).endObject();
}

inline void write(JsonText& json, const Problem& problem)
{
    json.beginObject().member("reason", problem.reason);
    if (problem.retryAfterMs)
        json.member("retry_after_ms", *problem.retryAfterMs);
    if (!problem.detail.empty())
        json.member("detail", problem.detail);
    json.endObject();
}

template <class X>
std::string toJson(const X& document)
{
    std::string text;
    JsonText json(text);
    write(json, document);
    return text;
}

// ------------------------------------------------------------------ what the hub asks

struct StockItem
{
    std::string item;
    std::string key; // equal only for equal variables: fits an idempotency key
    std::string externalId;
    std::string parentId;
    std::string stockId;
    std::string sku;
    std::int64_t quantity = 0;
    std::optional<std::int64_t> expected; // what the channel should show now
    std::optional<Class> previous;        // how the last attempt ended, when there was one
};

struct ShipmentItem
{
    std::string item;
    std::string key;
    std::string orderId;
    std::vector<LineQuantity> lines;
    std::string carrier;
    std::string trackingNumber;
    std::string trackingUrl;
    std::string shippedAt;
    std::optional<Class> previous;
};

/// Only the list that `kind` names is filled.
struct PushBatch
{
    std::string kind; // stock, shipment
    std::vector<StockItem> stock;
    std::vector<ShipmentItem> shipments;
};

struct PullRequest
{
    std::string cursor; // empty: from the beginning
    std::string since;
    std::string id; // set: only this one thing
    std::vector<std::string> subjects;
    std::int64_t pageMax = 0; // 0: the spoke's own
};

struct SubscribeRequest
{
    std::string action; // list, repair, remove
    std::string address;
};

namespace detail
{

using Value = nlohmann::json;

/// The hub's own documents; one that does not read is a bug, said with the member's name.
inline Value parsed(std::string_view text)
{
    auto value = Value::parse(text.begin(), text.end(), nullptr, false);
    if (!value.is_object())
        throw Failure(Class::Bug, "the hub sent a document that is not a JSON object");
    return value;
}

inline std::string textOf(const Value& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end() || found->is_null())
        return {};
    if (!found->is_string())
        throw Failure(Class::Bug, std::string("the hub sent '") + name + "' that is not text");
    return found->get<std::string>();
}

inline std::optional<std::int64_t> integerOf(const Value& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end() || found->is_null())
        return std::nullopt;
    if (!found->is_number_integer())
        throw Failure(Class::Bug,
                      std::string("the hub sent '") + name + "' that is not an integer");
    return found->get<std::int64_t>();
}

inline const Value& arrayOf(const Value& object, const char* name)
{
    static const Value none = Value::array();
    const auto found = object.find(name);
    if (found == object.end() || found->is_null())
        return none;
    if (!found->is_array())
        throw Failure(Class::Bug, std::string("the hub sent '") + name + "' that is not an array");
    return *found;
}

inline StockItem stockItem(const Value& from)
{
    StockItem item;
    item.item = textOf(from, "item");
    item.key = textOf(from, "key");
    item.externalId = textOf(from, "external_id");
    item.parentId = textOf(from, "parent_id");
    item.stockId = textOf(from, "stock_id");
    item.sku = textOf(from, "sku");
    const auto quantity = integerOf(from, "quantity");
    if (!quantity)
        throw Failure(Class::Bug, "the hub sent a stock item without 'quantity'");
    item.quantity = *quantity;
    item.expected = integerOf(from, "expected");
    item.previous = classFromText(textOf(from, "previous"));
    return item;
}

inline ShipmentItem shipmentItem(const Value& from)
{
    ShipmentItem item;
    item.item = textOf(from, "item");
    item.key = textOf(from, "key");
    item.orderId = textOf(from, "order_id");
    for (const auto& line : arrayOf(from, "lines"))
        item.lines.push_back({textOf(line, "line_id"), integerOf(line, "quantity").value_or(0)});
    item.carrier = textOf(from, "carrier");
    item.trackingNumber = textOf(from, "tracking_number");
    item.trackingUrl = textOf(from, "tracking_url");
    item.shippedAt = textOf(from, "shipped_at");
    item.previous = classFromText(textOf(from, "previous"));
    return item;
}

} // namespace detail

inline PushBatch readPushBatch(std::string_view text)
{
    const auto from = detail::parsed(text);
    PushBatch batch;
    batch.kind = detail::textOf(from, "kind");
    for (const auto& item : detail::arrayOf(from, "items")) {
        if (batch.kind == "stock")
            batch.stock.push_back(detail::stockItem(item));
        else if (batch.kind == "shipment")
            batch.shipments.push_back(detail::shipmentItem(item));
    }
    return batch;
}

inline PullRequest readPullRequest(std::string_view text)
{
    const auto from = detail::parsed(text);
    PullRequest request;
    request.cursor = detail::textOf(from, "cursor");
    request.since = detail::textOf(from, "since");
    request.id = detail::textOf(from, "id");
    for (const auto& subject : detail::arrayOf(from, "subjects"))
        if (subject.is_string())
            request.subjects.push_back(subject.get<std::string>());
    request.pageMax = detail::integerOf(from, "page_max").value_or(0);
    return request;
}

inline SubscribeRequest readSubscribeRequest(std::string_view text)
{
    const auto from = detail::parsed(text);
    return {detail::textOf(from, "action"), detail::textOf(from, "address")};
}

} // namespace sdk
} // namespace spokehub
