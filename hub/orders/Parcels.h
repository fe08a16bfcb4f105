#pragma once

#include "core/Scope.h"
#include "orders/Fact.h"
#include "store/Page.h"
#include "store/Session.h"

#include <utility>

namespace spokehub::orders
{

struct ParcelRow
{
    std::string trackingNumber;
    Id carrier = 0; // the channel that told
    std::string status;
    Time updatedAt;
    Time recordedAt;
    std::string body;
    std::int64_t orders = 0; // that it belongs to
};

/// What carriers say of parcels, and which orders have them: either may be known first. Parcels
/// meet by tracking number, whichever channel the order is of. Owns: parcel, order_parcel.
class Parcels
{
public:
    explicit Parcels(const Clock& clock) : _clock(clock) {}

    /// A parcel of an order, by trackingKey.
    struct OfOrder
    {
        Id tenant = 0;
        Id channel = 0;
        std::string externalId;
        std::string key;
    };
    using News = std::vector<std::pair<OfOrder, Fact>>;

    /// These orders have these parcels; what carriers have said of them.
    News join(store::Tx& tx, std::span<const OfOrder> parcels) const;

    /// Keeps what is newer than what is known; to whom it is news.
    News keep(store::Tx& tx, Id tenant, Id carrier, std::vector<Fact> news,
              const std::string& cause) const;

    /// Carriers tell of towns and neighbours: what is kept of these (tenant, key) says nothing of
    /// people any more.
    void erase(store::Tx& tx, const std::set<std::pair<Id, std::string>>& keys) const;

    /// Parcels of orders, shipped since then, that have not arrived as far as we know; the newest
    /// first, and so many at most.
    static std::vector<std::string> open(store::Session& session, Id tenant, Time since);
    static constexpr int openMax = 5000;

    /// What carriers have told; `known`: only those with an order, or only those without.
    static store::Page<ParcelRow> list(store::Session& session, const Scope& scope,
                                       std::optional<bool> known, const store::PageRequest& page);

private:
    void lock(store::Tx& tx, const std::set<std::pair<Id, std::string>>& keys) const;

    const Clock& _clock;
};

} // namespace spokehub::orders
