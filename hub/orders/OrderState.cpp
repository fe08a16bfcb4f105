#include "orders/OrderState.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace spokehub::orders
{

namespace
{

constexpr std::array<const char*, 10> statusNames = {
    "pending",          "confirmed", "packed",    "partly_shipped", "shipped",
    "partly_delivered", "delivered", "completed", "cancelled",      "returned"};

using Units = std::map<std::string, Quantity, std::less<>>; // by external line id

struct Fulfilment
{
    std::string id;
    std::string externalId; // of an own shipment, once the channel has told
    std::string tracking;
    std::string location;
    Time at;
    bool own = false;
    bool ofOwn = false; // the channel's report of an own shipment
    bool cancelled = false;
    bool delivered = false;
    Units units;
};

struct Refund
{
    Time at;
    std::int64_t amount = 0;
    Units cancelled, returned, unclear;
};

struct Known
{
    std::optional<JsonDocument> snapshot;
    Time snapshotAt;
    bool paid = false;
    bool cancelled = false;
    bool cancelledThere = false; // by the channel, not by us
    bool confirmed = false, packed = false, deliveredAll = false, completed = false,
         returnedAll = false;
    Time heldAt, releasedAt;
    std::string heldReason;
    std::string cancelReason;
    std::vector<Fulfilment> fulfilments;
    std::vector<Refund> refunds;
    std::set<std::string, std::less<>> delivered; // parcels, by tracking number (trackingKey)
};

Units unitsOf(Json document)
{
    Units units;
    document["lines"].each([&](Json line) {
        units[std::string(line.textOr("line_id"))] += line.integerOr("quantity");
        return true;
    });
    return units;
}

/// When it happened; updated_at moves with later news of the same thing.
Time happenedAt(Json document, Time updatedAt)
{
    return timeFromIso(document.textOr("created_at")).value_or(updatedAt);
}

void readFulfilment(Json document, const Fact& fact, Known& known)
{
    const auto status = document.textOr("status", "success");
    Fulfilment fulfilment;
    fulfilment.cancelled = status == "cancelled" || status == "failure" || status == "error";
    fulfilment.id = document.textOr("id");
    fulfilment.own = fulfilment.id.starts_with("own:");
    fulfilment.externalId = document.textOr("external_id");
    fulfilment.tracking = document.textOr("tracking_number");
    fulfilment.location = document.textOr("location");
    fulfilment.at = happenedAt(document, fact.updatedAt);
    fulfilment.delivered = document.boolOr("delivered");
    fulfilment.units = unitsOf(document);
    known.fulfilments.push_back(std::move(fulfilment));
}

void readRefund(Json document, const Fact& fact, Known& known)
{
    Refund refund;
    refund.at = happenedAt(document, fact.updatedAt);
    refund.amount = document.integerOr("amount");
    document["lines"].each([&](Json line) {
        const auto disposition = line.textOr("disposition", "none");
        Units& units = disposition == "cancel"   ? refund.cancelled
                       : disposition == "return" ? refund.returned
                                                 : refund.unclear;
        units[std::string(line.textOr("line_id"))] += line.integerOr("quantity");
        return true;
    });
    known.refunds.push_back(std::move(refund));
}

void readFact(const Fact& fact, Known& known)
{
    auto parsed = JsonDocument::parse(fact.body);
    if (!parsed)
        return; // readFacts let only JSON in
    const Json document = parsed->root();
    if (fact.key.starts_with(parcelFactPrefix)) {
        if (document.textOr("status") == "delivered")
            known.delivered.emplace(fact.key.substr(parcelFactPrefix.size()));
        return;
    }
    const auto type = document.textOr("type");
    if (type == "order") {
        known.snapshot = std::move(parsed);
        known.snapshotAt = fact.updatedAt;
        known.cancelledThere |= known.snapshot->root()["status"].boolOr("cancelled");
    } else if (type == "fulfilment")
        readFulfilment(document, fact, known);
    else if (type == "refund")
        readRefund(document, fact, known);
    else if (type == "hold") {
        const std::string_view given = document.textOr("reason");
        const std::string_view reason = given.empty() ? "held by hand" : given;
        if (std::pair(fact.updatedAt, reason) >
            std::pair(known.heldAt, std::string_view(known.heldReason))) {
            known.heldAt = fact.updatedAt;
            known.heldReason = reason;
        }
    } else if (type == "cancel") {
        known.cancelReason = document.textOr("reason");
        known.cancelledThere |= document.textOr("actor").empty();
    } else if (type == "release")
        known.releasedAt = std::max(known.releasedAt, fact.updatedAt);
    known.paid |= type == "paid";
    known.cancelled |= type == "cancel";
    known.confirmed |= type == "confirmed";
    known.packed |= type == "packed";
    known.deliveredAll |= type == "delivered";
    known.completed |= type == "completed";
    known.returnedAll |= type == "returned";
}

/// Our shipment and the channel's report of it are the same goods: tied by the id that the push
/// returned, else by lines and tracking. The channel's report stands, also when it is cancelled
/// there.
void dropReportedOwn(std::vector<Fulfilment>& fulfilments)
{
    std::ranges::sort(fulfilments, {}, &Fulfilment::id);
    std::set<std::string> taken;
    for (const Fulfilment& own : fulfilments)
        if (own.own && !own.externalId.empty())
            taken.insert(own.externalId);
    const auto reports = [&](const Fulfilment& other, const Fulfilment& own) {
        if (other.own || !own.externalId.empty())
            return !other.own && other.id == own.externalId;
        const bool sameTracking =
            own.tracking.empty() || other.tracking.empty() || own.tracking == other.tracking;
        return !other.cancelled && sameTracking && own.units == other.units &&
               taken.insert(other.id).second;
    };
    std::set<std::string> dropped;
    for (const Fulfilment& own : fulfilments) {
        if (!own.own)
            continue;
        const auto report = std::ranges::find_if(
            fulfilments, [&](const Fulfilment& other) { return reports(other, own); });
        if (report == fulfilments.end())
            continue;
        report->ofOwn = true;
        report->delivered |= own.delivered; // the channel may know nothing of the parcel
        dropped.insert(own.id);
    }
    std::erase_if(fulfilments, [&](const Fulfilment& fulfilment) {
        return fulfilment.cancelled || dropped.contains(fulfilment.id);
    });
}

Quantity of(const Units& units, const std::string& line)
{
    const auto found = units.find(line);
    return found == units.end() ? 0 : found->second;
}

/// Units of a line are either cancelled, shipped or owed. Events say how many were shipped and
/// cancelled; a snapshot says how many are still open. They speak of the same units, so the larger
/// sum of what is settled holds.
LineState lineOf(Json line, const Known& known, const OrderRules& rules, bool history)
{
    LineState state;
    state.externalLineId = line.textOr("line_id");
    state.externalVariantId = line.textOr("variant_id");
    state.sku = line.textOr("sku");
    state.title = line.textOr("title");
    state.unitPrice = line.integerOr("unit_price");
    state.requiresShipping = line.boolOr("requires_shipping", true);
    state.ordered = line.integerOr("quantity");
    const auto open = line["open"].integer();

    Quantity reported = 0, reportedHere = 0, deliveredHere = 0;
    Time latest{INT64_MIN};
    for (const Fulfilment& fulfilment : known.fulfilments) {
        const Quantity units = of(fulfilment.units, state.externalLineId);
        reported += units;
        const bool ours = fulfilment.own || fulfilment.ofOwn; // whatever the channel's clock says
        if (!history || ours || fulfilment.at >= rules.ordersSince)
            reportedHere += units;
        if (fulfilment.delivered)
            deliveredHere += units;
        if (units > 0 && fulfilment.at >= latest) {
            latest = fulfilment.at;
            state.location = fulfilment.location;
        }
    }
    Quantity cancelled = 0, unclear = 0, returned = 0, returnedHere = 0;
    for (const Refund& refund : known.refunds) {
        cancelled += of(refund.cancelled, state.externalLineId);
        returned += of(refund.returned, state.externalLineId);
        if (!history || refund.at >= rules.ordersSince)
            returnedHere += of(refund.returned, state.externalLineId);
        if (!open || known.snapshotAt < refund.at) // else the snapshot's open has it in already
            unclear += of(refund.unclear, state.externalLineId);
    }
    cancelled = std::min(cancelled, state.ordered);
    state.shipped = std::min(reported, state.ordered - cancelled);
    state.excess = reported - state.shipped;
    cancelled += std::min(unclear, state.ordered - cancelled - state.shipped);
    const auto settled = [&](bool wholeOrder) {
        const Quantity byEvents = wholeOrder ? state.ordered : cancelled + state.shipped;
        const Quantity bySnapshot = open ? std::max<Quantity>(0, state.ordered - *open) : 0;
        return std::max(byEvents, bySnapshot);
    };
    state.target = state.ordered - settled(known.cancelled);
    state.cancelled = state.ordered - state.shipped - state.target;
    state.givenBack = settled(known.cancelledThere) - state.shipped;
    state.returned = known.returnedAll ? state.shipped : std::min(returned, state.shipped);
    state.delivered = known.deliveredAll ? state.shipped : std::min(deliveredHere, state.shipped);
    state.stockShipped = std::min(reportedHere, state.shipped);
    state.stockReturned = std::min(returnedHere, state.shipped);
    return state;
}

OrderStatus statusOf(const Known& known, const OrderState& order)
{
    Quantity kept = 0, shipped = 0, delivered = 0, returned = 0;
    for (const LineState& line : order.lines) {
        kept += line.ordered - line.cancelled;
        shipped += line.shipped;
        delivered += line.delivered;
        returned += line.returned;
    }
    if (shipped == 0 && (known.cancelled || (kept == 0 && !order.lines.empty())))
        return OrderStatus::Cancelled;
    if (shipped > 0 && returned == shipped && shipped == kept)
        return OrderStatus::Returned;
    if (known.completed)
        return OrderStatus::Completed;
    if (delivered > 0)
        return delivered >= kept ? OrderStatus::Delivered : OrderStatus::PartlyDelivered;
    if (shipped > 0)
        return shipped >= kept ? OrderStatus::Shipped : OrderStatus::PartlyShipped;
    if (known.packed)
        return OrderStatus::Packed;
    const bool promised = known.paid || known.confirmed || order.paymentStatus == "authorized";
    return promised ? OrderStatus::Confirmed : OrderStatus::Pending;
}

std::string detailOf(Json snapshot, const Known& known)
{
    JsonWriter detail;
    detail.beginObject();
    for (const char* member : {"customer", "ship_to", "totals"})
        if (const Json value = snapshot[member])
            detail.key(member).raw(value.dump());
    if (!known.cancelReason.empty())
        detail.member("cancel_reason", known.cancelReason);
    return detail.endObject().take();
}

std::string reviewOf(Json snapshot, const Known& known, const OrderRules& rules)
{
    if (known.heldAt > known.releasedAt)
        return known.heldReason;
    if (rules.acceptCountries.empty() || known.releasedAt.micros != 0)
        return {};
    const auto country = std::string(snapshot["ship_to"].textOr("country"));
    if (country.empty() || rules.acceptCountries.contains(country))
        return {};
    return "country " + country + " is not among accept_countries of channel " + rules.channelName;
}

template <class Range, class Of>
OrderState derive(const Range& facts, Of of, const OrderRules& rules)
{
    Known known;
    for (const auto& each : facts)
        readFact(of(each), known);
    OrderState order;
    if (!known.snapshot)
        return order;
    for (Fulfilment& fulfilment : known.fulfilments)
        fulfilment.delivered |= known.delivered.contains(trackingKey(fulfilment.tracking));
    dropReportedOwn(known.fulfilments);

    const Json snapshot = known.snapshot->root();
    order.placed = true;
    order.number = snapshot.textOr("number");
    order.currency = snapshot.textOr("currency");
    order.total = snapshot["totals"].integerOr("total");
    order.placedAt = timeFromIso(snapshot.textOr("placed_at")).value_or(known.snapshotAt);
    order.updatedAt = known.snapshotAt;
    order.test = snapshot.boolOr("test");
    order.history = order.placedAt < rules.ordersSince;
    order.detail = detailOf(snapshot, known);
    order.person = personIn(snapshot["customer"]);
    order.review = reviewOf(snapshot, known, rules);
    for (const Refund& refund : known.refunds)
        order.refunded += refund.amount;

    order.paymentStatus = snapshot["status"].textOr("payment", "pending");
    const bool unpaidWord = order.paymentStatus == "pending" ||
                            order.paymentStatus == "authorized" ||
                            order.paymentStatus == "partially_paid" || order.paymentStatus.empty();
    if (known.paid && unpaidWord)
        order.paymentStatus = "paid"; // paid is sticky

    snapshot["lines"].each([&](Json line) {
        order.lines.push_back(lineOf(line, known, rules, order.history));
        return true;
    });
    order.status = statusOf(known, order);
    return order;
}

} // namespace

const char* name(OrderStatus status)
{
    return statusNames.at(static_cast<std::size_t>(status));
}

std::optional<OrderStatus> orderStatusFromName(std::string_view wanted)
{
    for (std::size_t i = 0; i < statusNames.size(); ++i)
        if (wanted == statusNames[i])
            return static_cast<OrderStatus>(i);
    return std::nullopt;
}

OrderState deriveOrder(std::span<const Fact> facts, const OrderRules& rules)
{
    return derive(
        facts, [](const Fact& fact) -> const Fact& { return fact; }, rules);
}

OrderState deriveOrder(const std::map<std::string, Fact>& facts, const OrderRules& rules)
{
    return derive(
        facts, [](const auto& entry) -> const Fact& { return entry.second; }, rules);
}

} // namespace spokehub::orders
