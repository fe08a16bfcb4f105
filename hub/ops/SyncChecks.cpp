#include "ops/Checks.h"

#include "stock/AvailabilityReader.h"
#include "sync/ListingShown.h"
#include "sync/Tasks.h"

#include <algorithm>
#include <map>
#include <set>

namespace spokehub::ops
{

namespace
{

using namespace std::chrono_literals;

constexpr auto grace = 60s; // what waits no longer than this is on its way

constexpr store::Sql nextMessages = {
    "SELECT id FROM inbox_message WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"};
constexpr store::Sql waitingMessages = {R"(
    SELECT id, topic, attempts, received_at, reason FROM inbox_message
    WHERE tenant_id = $1 AND id > $2 AND id <= $3 AND state = 1 AND next_attempt_at < $4 AND received_at < $4
    ORDER BY id)"};

constexpr store::Sql orphanedTasks = {R"(
    SELECT t.id, t.kind, t.channel_id FROM task t
    LEFT JOIN lane l ON l.tenant_id = t.tenant_id AND l.channel_id = t.channel_id
    WHERE t.tenant_id = $1 AND t.id > $2 AND t.state = 2 AND (l.expires_at IS NULL OR l.expires_at < $3)
    ORDER BY t.id LIMIT $4)"};

constexpr store::Sql nextListings = {R"(
    SELECT id, channel_id FROM listing
    WHERE tenant_id = $1 AND id > $2 AND variant_id IS NOT NULL AND removed = 0 ORDER BY id LIMIT $3)"};

// 1: of stock; 1 pending, 2 running, 4 failed: it will be told, or stands in the error queue.
constexpr store::Sql awaitedListings = {R"(
    SELECT t.subject_id FROM {each_row} task t
    WHERE t.tenant_id = {1} AND t.channel_id = {2} AND t.kind = 1 AND t.subject_id = {3}
     AND t.state IN (1, 2, 4))"};

constexpr store::Sql nextShipments = {
    "SELECT id FROM shipment WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"};
constexpr store::Sql untoldShipments = {R"(
    SELECT s.id, s.order_id, o.channel_id FROM shipment s
    JOIN sales_order o ON o.tenant_id = s.tenant_id AND o.id = s.order_id
    LEFT JOIN task t ON t.tenant_id = s.tenant_id AND t.channel_id = o.channel_id AND t.kind = 2 AND t.subject_id = s.id
    WHERE s.tenant_id = $1 AND s.id > $2 AND s.id <= $3 AND t.id IS NULL AND s.external_id = ''
    ORDER BY s.id)"};

std::string nameOf(const Doctor::Parts& parts, const Doctor::Look& look, Id id)
{
    const auto* channel = parts.channel(look.tenant, id);
    return channel == nullptr ? showId("chn", id) : channel->name;
}

std::string shown(const std::optional<std::int64_t>& quantity)
{
    return quantity ? std::to_string(*quantity) : "nothing yet";
}

/// Listings of one channel, told what the stock makes of them.
void compareListings(const Doctor::Parts& parts, Doctor::Look& look,
                     const spokes::ChannelRules& channel, const std::vector<Id>& ids)
{
    const auto listings = parts.listings.toPush(look.session, look.tenant, ids);
    std::vector<stock::Offer> offers;
    for (const auto& one : listings)
        offers.push_back({.variant = *one.listing.variant,
                          .sku = one.sku,
                          .category = one.category,
                          .unitsPerSale = one.listing.unitsPerSale});
    const auto quantities = stock::AvailabilityReader(parts.bundles)
                                .quantities(look.session, look.tenant, channel.stock, offers);
    struct Wrong
    {
        const catalog::ListingToPush* one;
        std::int64_t quantity;
    };
    std::map<Id, Wrong> wrong;
    store::RowSet asked(3);
    for (std::size_t i = 0; i < listings.size(); ++i) {
        const auto& one = listings[i];
        const std::int64_t quantity = sync::quantityToTell(quantities[i], sync::gapOf(one));
        if (sync::shows(one, quantity))
            continue;
        wrong[one.listing.id] = {&one, quantity};
        asked.add({look.tenant, channel.id, one.listing.id});
    }
    look.session.queryRows(awaitedListings, asked,
                           [&](const store::Row& row) { wrong.erase(row.integer(0)); });
    for (const auto& [id, each] : wrong)
        look.step.found.push_back({"listing",
                                   {{"listing", showId("lst", id)},
                                    {"channel", channel.name},
                                    {"external_id", each.one->listing.externalId},
                                    {"sku", each.one->sku}},
                                   "what the channel shows",
                                   std::to_string(each.quantity),
                                   shown(each.one->expected()),
                                   "no task waits for it: tell the channel all its listings again "
                                   "(spokehub channel resume)"});
}

} // namespace

void checkInbox(const Doctor::Parts& parts, Doctor::Look& look)
{
    const Id after = look.place.after;
    const Id last = nextRange(look, nextMessages);
    look.session.query(
        waitingMessages, {look.tenant, after, last, parts.clock.now() - grace},
        [&](const store::Row& row) {
            look.step.found.push_back(
                {"inbox_message",
                 {{"message", showId("msg", row.integer(0))}, {"topic", row.string(1)}},
                 "state",
                 "done, or failed with a reason",
                 "pending since " + toIso(row.time(3)) + ", " + std::to_string(row.integer(2)) +
                     " attempts" + (row.text(4).empty() ? "" : ": " + row.string(4)),
                 "start the hub; when it runs, its log says what keeps it from the inbox"});
        });
}

void checkTasks(const Doctor::Parts& parts, Doctor::Look& look)
{
    int rows = 0;
    look.session.query(orphanedTasks,
                       {look.tenant, look.place.after, parts.clock.now() - grace, stepRows},
                       [&](const store::Row& row) {
                           ++rows;
                           look.place.after = row.integer(0);
                           look.step.found.push_back(
                               {"task",
                                {{"task", showId("tsk", row.integer(0))},
                                 {"kind", sync::name(static_cast<sync::TaskKind>(row.integer(1)))},
                                 {"channel", nameOf(parts, look, row.integer(2))}},
                                "state",
                                "running in a lane that a hub holds",
                                "running, and no hub holds the lane",
                                "start a hub: it takes the lane over and tries again"});
                       });
    look.step.rows += rows;
    look.more = rows == stepRows;
}

void checkListings(const Doctor::Parts& parts, Doctor::Look& look)
{
    std::map<Id, std::vector<Id>> byChannel;
    int rows = 0;
    look.session.query(nextListings, {look.tenant, look.place.after, stepRows},
                       [&](const store::Row& row) {
                           ++rows;
                           look.place.after = row.integer(0);
                           byChannel[row.integer(1)].push_back(row.integer(0));
                       });
    for (const auto& [id, listings] : byChannel)
        if (const auto* channel = parts.channel(look.tenant, id)) // else nobody is there to be told
            compareListings(parts, look, *channel, listings);
    look.step.rows += rows;
    look.more = rows == stepRows;
}

void checkShipments(const Doctor::Parts& parts, Doctor::Look& look)
{
    const Id after = look.place.after;
    const Id last = nextRange(look, nextShipments);
    look.session.query(untoldShipments, {look.tenant, after, last}, [&](const store::Row& row) {
        if (const auto* channel = parts.channel(look.tenant, row.integer(2)))
            look.step.found.push_back({"shipment",
                                       {{"shipment", showId("shp", row.integer(0))},
                                        {"order", showId("ord", row.integer(1))},
                                        {"channel", channel->name}},
                                       "task",
                                       "one that tells the channel",
                                       "none",
                                       "enter the shipment at the channel by hand"});
    });
}

} // namespace spokehub::ops
