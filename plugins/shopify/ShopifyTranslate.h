#pragma once

#include "spokehub/Spoke.h"

namespace spokehub::shopify
{

/// What a webhook means (DOCUMENTS.md). Bodies have the shape of the REST Admin API. Throws
/// Failure(Rejected) that names the field when the body cannot be understood. Pure; any number of
/// threads at once.
Class translate(const Host& host, const Message& message, Out& out);

/// The document's word for a payment status of Shopify, in any case.
std::string paymentFrom(std::string_view financialStatus);
bool isPaid(std::string_view payment);

/// success, cancelled or pending, from a fulfilment's status in any case.
std::string fulfilmentStatusFrom(std::string_view status);

/// cancel, return or none, from a refund line's restock type in any case.
std::string dispositionFrom(std::string_view restockType);

/// A product's and its variant's title as one.
std::string listingTitle(std::string_view product, std::string_view variant);

/// A currency that is not said: the goods of an order still count, and ISO 4217 has a code for
/// that.
inline constexpr std::string_view noCurrency = "XXX";

} // namespace spokehub::shopify
