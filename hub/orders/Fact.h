#pragma once

#include "core/Clock.h"
#include "core/Json.h"

#include <string>
#include <string_view>
#include <vector>

namespace spokehub::orders
{

/// Something known of an order, as a document of the SDK (DOCUMENTS.md). One fact of each key
/// stands: the one with the highest version. The key of an event is the channel's own id, so that
/// it counts once however often it is told.
struct Fact
{
    std::string key; // "order", "fulfilment:…", "refund:…", "paid", "cancel", "parcel:…", …
    Time updatedAt;
    Time readAt;           // when we read it at the source; zero for what was pushed to us
    std::int64_t hash = 0; // of the body: decides between equals, the same way everywhere
    std::string body;
    std::string tracking{}; // of a fulfilment and of a carrier's news: the parcel (trackingKey)

    /// Whether this one stands when `other` is known too.
    bool newerThan(const Fact& other) const
    {
        return std::tie(updatedAt, readAt, hash) >
               std::tie(other.updatedAt, other.readAt, other.hash);
    }
};

/// The facts in one document, and the order they are about. A snapshot that says paid or cancelled
/// is that fact too: both are sticky, whatever newer snapshots say.
struct Facts
{
    std::string externalId;
    std::vector<Fact> facts;
};

/// Reads a fact document and checks all that the rules rely on. Throws Error(Unprocessable) naming
/// the member.
Facts readFacts(std::string_view document);

/// Reads what a carrier says of one parcel (DOCUMENTS.md), as the fact that it is for every order
/// with this parcel. Throws Error(Unprocessable) naming the member.
Fact readParcel(std::string_view document);

/// The fact that the person of an order was erased: whatever is heard of it, before or after, is
/// kept without him.
constexpr std::string_view erasedFactKey = "erased";
Fact erasedFact(std::string_view orderId, Time at);

constexpr std::string_view parcelFactPrefix = "parcel:";

/// A tracking number as numbers compare: people write blanks, hyphens and small letters.
std::string trackingKey(std::string_view number);

/// The key of an own shipment's fulfilment.
std::string ownFulfilmentId(std::string_view shipment);

} // namespace spokehub::orders
