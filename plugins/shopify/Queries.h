#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

// Every GraphQL document that this spoke can send. Each is valid in Admin API versions 2026-01 to
// 2026-07; a test validates them against the official schema, so they stand here as raw strings,
// and no value is ever pasted into them.

namespace spokehub::shopify::queries
{

/// A document and the fragments that it uses, joined when this is compiled.
template <std::size_t N, std::size_t M>
constexpr auto join(const char (&document)[N], const char (&fragments)[M])
{
    std::array<char, N + M - 1> text{};
    std::copy_n(document, N - 1, text.begin());
    std::copy_n(fragments, M, text.begin() + N - 1);
    return text;
}

// ------------------------------------------------------------------ check

inline constexpr const char* check = R"(
query SpokehubCheck($location: ID!) {
  shop { name myshopifyDomain currencyCode }
  currentAppInstallation { accessScopes { handle } }
  publicApiVersions { handle supported }
  location(id: $location) { id name isActive fulfillsOnlineOrders }
})";

// ------------------------------------------------------------------ pull

// What is read of an order, the same in a page of orders and in a single one.
inline constexpr char orderParts[] = R"(
fragment OrderParts on Order {
  id name updatedAt processedAt cancelledAt cancelReason test email phone
  currencyCode presentmentCurrencyCode displayFinancialStatus
  totalPriceSet { shopMoney { amount } presentmentMoney { amount } }
  subtotalPriceSet { shopMoney { amount } }
  totalTaxSet { shopMoney { amount } }
  totalShippingPriceSet { shopMoney { amount } }
  totalDiscountsSet { shopMoney { amount } }
  customer { id displayName defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber } }
  shippingAddress { name company address1 address2 city provinceCode zip countryCodeV2 phone }
  lineItems(first: 50) {
    nodes { ...LineParts }
    pageInfo { hasNextPage endCursor }
  }
  fulfillments {
    id status displayStatus updatedAt
    trackingInfo(first: 1) { company number url }
    location { id }
    fulfillmentLineItems(first: 50) {
      nodes { quantity lineItem { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
  refunds {
    id updatedAt
    totalRefundedSet { shopMoney { amount } }
    refundLineItems(first: 50) {
      nodes { quantity restockType lineItem { id } location { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
fragment LineParts on LineItem {
  id sku name quantity unfulfilledQuantity requiresShipping
  originalUnitPriceSet { shopMoney { amount } }
  variant { id }
  product { id }
})";

inline constexpr auto ordersText = join(R"(
query SpokehubOrders($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ...OrderParts }
    pageInfo { hasNextPage endCursor }
  }
})",
                                        orderParts);
inline constexpr const char* orders = ordersText.data();

inline constexpr auto orderText = join(R"(
query SpokehubOrder($id: ID!) {
  order(id: $id) { ...OrderParts }
})",
                                       orderParts);
inline constexpr const char* order = orderText.data();

// The rest of what did not fit into one page of an order.
inline constexpr const char* moreLines = R"(
query SpokehubMoreLines($id: ID!, $after: String!) {
  order(id: $id) {
    lineItems(first: 250, after: $after) {
      nodes {
        id sku name quantity unfulfilledQuantity requiresShipping
        originalUnitPriceSet { shopMoney { amount } }
        variant { id }
        product { id }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
})";

inline constexpr const char* moreFulfilmentLines = R"(
query SpokehubMoreFulfilmentLines($id: ID!, $after: String!) {
  fulfillment(id: $id) {
    fulfillmentLineItems(first: 250, after: $after) {
      nodes { quantity lineItem { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
})";

inline constexpr const char* moreRefundLines = R"(
query SpokehubMoreRefundLines($id: ID!, $after: String!) {
  refund(id: $id) {
    refundLineItems(first: 250, after: $after) {
      nodes { quantity restockType lineItem { id } location { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
})";

inline constexpr const char* listings = R"(
query SpokehubListings($first: Int!, $after: String, $query: String, $location: ID!) {
  shop { currencyCode }
  productVariants(first: $first, after: $after, query: $query, sortKey: ID) {
    nodes {
      id sku title price updatedAt
      product { id title }
      inventoryItem {
        id tracked
        inventoryLevel(locationId: $location) { quantities(names: ["available"]) { quantity } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
})";

inline constexpr const char* listing = R"(
query SpokehubListing($id: ID!, $location: ID!) {
  shop { currencyCode }
  productVariant(id: $id) {
    id sku title price updatedAt
    product { id title }
    inventoryItem {
      id tracked
      inventoryLevel(locationId: $location) { quantities(names: ["available"]) { quantity } }
    }
  }
})";

inline constexpr const char* levels = R"(
query SpokehubLevels($location: ID!, $first: Int!, $after: String) {
  location(id: $location) {
    inventoryLevels(first: $first, after: $after) {
      nodes {
        updatedAt
        item { id }
        quantities(names: ["available"]) { quantity updatedAt }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
})";

inline constexpr const char* levelsOf = R"(
query SpokehubLevelsOf($items: [ID!]!, $location: ID!) {
  nodes(ids: $items) {
    ... on InventoryItem {
      id
      inventoryLevel(locationId: $location) {
        updatedAt
        quantities(names: ["available"]) { quantity updatedAt }
      }
    }
  }
})";

// ------------------------------------------------------------------ push

inline constexpr const char* variantBySku = R"(
query SpokehubVariantBySku($query: String!) {
  productVariants(first: 50, query: $query) {
    nodes { id sku inventoryItem { id } }
  }
})";

inline constexpr const char* setAvailable = R"(
mutation SpokehubSetAvailable($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code field message }
  }
})";

inline constexpr const char* activate = R"(
mutation SpokehubActivate($item: ID!, $location: ID!, $available: Int, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available) @idempotent(key: $key) {
    inventoryLevel { id }
    userErrors { field message }
  }
})";

inline constexpr const char* shipmentOrder = R"(
query SpokehubShipmentOrder($id: ID!, $after: String) {
  order(id: $id) {
    cancelledAt
    fulfillments {
      id status
      trackingInfo(first: 1) { number }
      fulfillmentLineItems(first: 100) { nodes { quantity lineItem { id } } pageInfo { hasNextPage } }
    }
    fulfillmentOrders(first: 10, after: $after) {
      nodes {
        id status
        assignedLocation { location { id } }
        lineItems(first: 250) {
          nodes { id remainingQuantity lineItem { id } }
          pageInfo { hasNextPage }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
})";

inline constexpr const char* fulfil = R"(
mutation SpokehubFulfil($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id }
    userErrors { field message }
  }
})";

inline constexpr const char* updateTracking = R"(
mutation SpokehubUpdateTracking($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify) {
    fulfillment { id }
    userErrors { field message }
  }
})";

// ------------------------------------------------------------------ subscribe

inline constexpr const char* subscriptions = R"(
query SpokehubSubscriptions($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    nodes { id topic uri format }
    pageInfo { hasNextPage endCursor }
  }
})";

inline constexpr const char* subscribe = R"(
mutation SpokehubSubscribe($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
})";

inline constexpr const char* resubscribe = R"(
mutation SpokehubResubscribe($id: ID!, $subscription: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $subscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
})";

inline constexpr const char* unsubscribe = R"(
mutation SpokehubUnsubscribe($id: ID!) {
  webhookSubscriptionDelete(id: $id) {
    deletedWebhookSubscriptionId
    userErrors { field message }
  }
})";

} // namespace spokehub::shopify::queries
