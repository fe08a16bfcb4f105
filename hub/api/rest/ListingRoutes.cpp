#include "api/rest/ListingRoutes.h"

#include "api/Bulk.h"
#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "api/rest/ListingJson.h"
#include "api/rest/OrderJson.h"
#include "core/Error.h"

#include <algorithm>
#include <map>

namespace spokehub::api
{

namespace
{

constexpr std::int64_t unitsMax = 1'000'000;

constexpr std::int64_t centsMax = 1'000'000'000'000'000;

/// A SKU as it is, without blanks, and in capitals or small letters; each spelling once.
std::vector<std::string> spellingsOf(const std::string& sku)
{
    std::string plain, upper, lower;
    for (const char c : sku) {
        if (c == ' ')
            continue;
        plain += c;
        upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    std::vector<std::string> spellings;
    for (const std::string& each : {sku, plain, upper, lower})
        if (!each.empty() && std::ranges::find(spellings, each) == spellings.end())
            spellings.push_back(each);
    return spellings;
}

catalog::NewListing listingIn(Fields& fields, std::string& channel)
{
    catalog::NewListing wanted;
    channel = fields.text("channel", 1, 100);
    wanted.externalId = fields.text("external_id", 1, 200);
    wanted.parentId = fields.text("parent_id", 0, 200);
    wanted.stockId = fields.text("stock_id", 0, 200);
    wanted.sku = fields.text("sku", 0, 100);
    wanted.title = fields.text("title", 0, 500);
    wanted.variant = fields.maybeId("variant_id", prefix::variant);
    wanted.unitsPerSale = fields.maybeInteger("units_per_sale", 1, unitsMax).value_or(1);
    fields.finish("listing");
    return wanted;
}

/// A listing and why it waits or failed.
struct ListingTask
{
    catalog::Listing listing;
    sync::TaskRow task;
};

} // namespace

void ListingRoutes::declare(Router& router)
{
    using sync::TaskState;
    router
        .add({"GET",
              "/api/v1/listings",
              Permission::ListingsRead,
              "Listings in order of id",
              answering([this](Call& call) { return list(call); }),
              {"cursor", "limit", "channel", "matched", "removed", "variant", "sku",
               "updated_since"}})
        .lists("Listing");
    router
        .add({"POST", "/api/v1/listings", Permission::ListingsWrite,
              "Says that a variant is offered on a channel",
              answering([this](Call& call) { return create(call); })})
        .takes("NewListing")
        .gives("Listing", 201)
        .once();
    router
        .add({"POST",
              "/api/v1/listings/bulk",
              Permission::ListingsWrite,
              "The same for many, each by itself",
              answering([this](Call& call) { return createMany(call); }),
              {"dry_run"}})
        .takes("NewListings")
        .gives("BulkResult")
        .once();
    router
        .add({"GET",
              "/api/v1/listings/unmatched",
              Permission::ListingsRead,
              "Listings of which nobody knows what they are, with what they might be",
              answering([this](Call& call) { return unmatched(call); }),
              {"cursor", "limit", "channel"}})
        .lists("UnmatchedListing");
    router
        .add({"PATCH", "/api/v1/listings/{id}", Permission::ListingsWrite,
              "Changes units per sale, and title and price until the channel shows its own",
              answering([this](Call& call) { return patch(call); })})
        .takes("ListingPatch")
        .gives("Listing")
        .guard();
    router
        .add({"GET", "/api/v1/listings/{id}", Permission::ListingsRead, "A listing",
              answering([this](Call& call) { return get(call); })})
        .gives("Listing");
    router
        .add({"GET",
              "/api/v1/listings/pending",
              Permission::ListingsRead,
              "Listings whose channel must still hear their quantity, as they are due",
              answering([this](Call& call) { return withTasks(call, TaskState::Pending); }),
              {"cursor", "limit", "channel"}})
        .lists("ListingTask");
    router
        .add({"GET",
              "/api/v1/listings/errors",
              Permission::ListingsRead,
              "Listings whose channel could not be told, with the reason",
              answering([this](Call& call) { return withTasks(call, TaskState::Failed); }),
              {"cursor", "limit", "channel"}})
        .lists("ListingTask");
    router
        .add({"POST", "/api/v1/listings/{id}/mark-synced", Permission::ListingsMark,
              "Says by hand that the channel knows its quantity",
              answering([this](Call& call) { return mark(call, TaskState::Done); })})
        .mayTake("Reason")
        .gives("Listing")
        .guard();
    router
        .add({"POST", "/api/v1/listings/{id}/mark-error", Permission::ListingsMark,
              "Says by hand that the channel cannot be told",
              answering([this](Call& call) { return mark(call, TaskState::Failed); })})
        .takes("NeededReason")
        .gives("Listing")
        .guard();
    router
        .add({"POST",
              "/api/v1/listings/{id}/match",
              Permission::ListingsWrite,
              "Says which variant a listing is",
              answering([this](Call& call) { return match(call); }),
              {"dry_run"}})
        .takes("Match")
        .gives("Listing")
        .guard();
    router
        .add({"POST", "/api/v1/listings/{id}/unmatch", Permission::ListingsWrite,
              "Says that a listing is no variant of ours",
              answering([this](Call& call) { return unmatch(call); })})
        .gives("Listing")
        .guard();
}

void ListingRoutes::write(JsonWriter& json, const Scope& scope, const catalog::Listing& listing)
{
    beginListing(json, listing, _names.nameOf(scope.tenant, listing.channel));
}

http::Response ListingRoutes::answer(const Scope& scope, const catalog::Listing& listing,
                                     int status)
{
    JsonWriter json;
    write(json, scope, listing);
    json.endObject();
    return jsonResponse(json.take(), status);
}

catalog::Listing ListingRoutes::require(store::Session& session, const Scope& scope,
                                        Id listing) const
{
    auto found = _parts.listings.get(session, scope, listing);
    if (!found)
        throw Error(Refusal::NotFound, "there is no listing " + showId(prefix::listing, listing));
    return *std::move(found);
}

Id ListingRoutes::variantIn(store::Session& session, const Scope& scope, std::optional<Id> id,
                            const std::string& sku) const
{
    if (id)
        return *id;
    const auto variant = _parts.variants.bySku(session, scope, sku);
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + sku,
                    {{"variant_sku", "is not known"}});
    return variant->id;
}

http::Response ListingRoutes::list(Call& call)
{
    catalog::ListingQuery query;
    if (const std::string* text = call.query.find("channel"))
        query.channel = _names.require(call.scope.tenant, *text, "channel");
    query.matched = call.boolean("matched");
    query.removedToo = call.boolean("removed").value_or(false);
    query.variant = call.id("variant", prefix::variant);
    query.sku = call.text("sku");
    query.updatedSince = call.time("updated_since");
    const store::PageRequest asked = call.page();
    store::Page<catalog::Listing> page;
    _parts.database.point([&](store::Session& session) {
        page = _parts.listings.list(session, call.scope, asked, query);
    });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const catalog::Listing& listing) {
        write(json, call.scope, listing);
        json.endObject();
    }));
}

http::Response ListingRoutes::create(Call& call)
{
    Fields fields(call.body());
    std::string channel;
    catalog::NewListing wanted = listingIn(fields, channel);
    wanted.channel = _names.require(call.scope.tenant, channel, "channel");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return answer(call.scope, made(tx, call, wanted), 201);
    });
}

catalog::Listing ListingRoutes::made(store::Tx& tx, const Call& call,
                                     const catalog::NewListing& wanted) const
{
    auto listing = _parts.listings.create(tx, call.scope, wanted);
    _parts.orders.rematch(tx, call.scope.tenant, {&listing.sku, 1},
                          {call.request.id, call.scope.actor, "listing"});
    return listing;
}

http::Response ListingRoutes::createMany(Call& call)
{
    std::map<std::string, std::optional<Id>, std::less<>> channels; // none is read in a transaction
    call.body()["rows"].each([&](Json row) {
        const std::string name(row.textOr("channel"));
        if (!channels.contains(name))
            channels[name] = _names.idOf(call.scope.tenant, name);
        return true;
    });
    return bulk(_parts, call, "listings", 201, [&](store::Tx& tx, Fields& fields) {
        std::string channel;
        catalog::NewListing wanted = listingIn(fields, channel);
        if (!channels[channel])
            throw Error(Refusal::BadRequest, "there is no channel " + channel,
                        {{"channel", "is not known"}});
        wanted.channel = *channels[channel];
        return answer(call.scope, made(tx, call, wanted)).body;
    });
}

http::Response ListingRoutes::patch(Call& call)
{
    const Id id = call.id(0, prefix::listing, "listing");
    Fields fields(call.body());
    catalog::ListingPatch patch;
    patch.title = fields.maybeText("title", 500);
    patch.price = fields.maybeInteger("price_cents", 0, centsMax);
    patch.currency = fields.maybeText("currency", 3);
    const auto units = fields.maybeInteger("units_per_sale", 1, unitsMax);
    fields.finish("listing");
    get(call); // so that the name of its channel is known in the transaction
    return _parts.commands.run([&](store::Tx& tx) {
        _parts.listings.patch(tx, call.scope, id, patch);
        if (units)
            _parts.listings.setUnitsPerSale(tx, call.scope, id, *units);
        return answer(call.scope, require(tx, call.scope, id));
    });
}

/// Only SKUs that differ in what people mistype are suggested; nothing is by its name.
http::Response ListingRoutes::unmatched(Call& call)
{
    catalog::ListingQuery query{.matched = false};
    if (const std::string* text = call.query.find("channel"))
        query.channel = _names.require(call.scope.tenant, *text, "channel");
    const store::PageRequest asked = call.page();
    store::Page<catalog::Listing> page;
    std::unordered_map<std::string, Id> known;
    _parts.database.read([&](store::Session& session) {
        page = _parts.listings.list(session, call.scope, asked, query);
        std::vector<std::string> skus;
        for (const catalog::Listing& listing : page.data)
            for (std::string& sku : spellingsOf(listing.sku))
                skus.push_back(std::move(sku));
        std::ranges::sort(skus);
        skus.erase(std::ranges::unique(skus).begin(), skus.end());
        known = skus.empty() ? std::unordered_map<std::string, Id>()
                             : _parts.variants.idsOf(session, call.scope.tenant, skus);
    });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const catalog::Listing& listing) {
        write(json, call.scope, listing);
        json.key("suggestions").beginArray();
        for (const std::string& sku : spellingsOf(listing.sku))
            if (const auto variant = known.find(sku); variant != known.end())
                json.beginObject()
                    .member("variant_id", showId(prefix::variant, variant->second))
                    .member("sku", sku)
                    .member("reason",
                            sku == listing.sku ? "the same SKU" : "the same SKU, spelled otherwise")
                    .endObject();
        json.endArray().endObject();
    }));
}

http::Response ListingRoutes::get(Call& call)
{
    const Id id = call.id(0, prefix::listing, "listing");
    std::optional<catalog::Listing> listing;
    _parts.database.point(
        [&](store::Session& session) { listing = require(session, call.scope, id); });
    return answer(call.scope, *listing);
}

http::Response ListingRoutes::withTasks(Call& call, sync::TaskState state)
{
    sync::TaskQuery query{.state = state, .kind = sync::TaskKind::Stock};
    if (const std::string* text = call.query.find("channel"))
        query.channel = _names.require(call.scope.tenant, *text, "channel");
    const store::PageRequest asked = call.page();
    store::Page<ListingTask> page;
    _parts.database.read([&](store::Session& session) {
        auto tasks = sync::TaskReader().list(session, call.scope, query, asked);
        page = {{}, std::move(tasks.nextCursor)};
        std::vector<Id> subjects;
        for (const sync::TaskRow& task : tasks.data)
            subjects.push_back(task.subject);
        std::map<Id, catalog::Listing> listings;
        for (auto& listing : _parts.listings.ofIds(session, call.scope.tenant, subjects))
            listings.emplace(listing.id, std::move(listing));
        for (sync::TaskRow& task : tasks.data)
            if (const auto found = listings.find(task.subject); found != listings.end())
                page.data.push_back({found->second, std::move(task)});
    });
    const Time now = _parts.clock.now();
    return jsonResponse(listJson(page, [&](JsonWriter& json, const ListingTask& row) {
        write(json, call.scope, row.listing);
        writeTask(json.key("task"), row.task, _names.nameOf(call.scope.tenant, row.task.channel),
                  now);
        json.endObject();
    }));
}

http::Response ListingRoutes::mark(Call& call, sync::TaskState state)
{
    const Id id = call.id(0, prefix::listing, "listing");
    const bool failed = state == sync::TaskState::Failed;
    Fields fields(failed ? call.body() : call.bodyIfAny());
    const std::string reason = fields.text("reason", failed ? 1 : 0, 500);
    fields.finish("mark");
    return answer(call.scope, _parts.commands.run([&](store::Tx& tx) {
        auto listing = require(tx, call.scope, id);
        _parts.tasks.mark(tx, call.scope, listing.channel, id, state, reason);
        tx.note(store::Difference().told("task", sync::name(state)).maybe("reason", reason));
        return listing;
    }));
}

http::Response ListingRoutes::match(Call& call)
{
    const Id id = call.id(0, prefix::listing, "listing");
    Fields fields(call.body());
    const auto variantId = fields.maybeId("variant_id", prefix::variant);
    const std::string sku = fields.text("variant_sku", 0, 100);
    const auto units = fields.maybeInteger("units_per_sale", 1, unitsMax);
    fields.require(variantId.has_value() != !sku.empty(), "variant_id",
                   "or variant_sku must be given, and not both");
    fields.finish("match");
    get(call); // so that the name of its channel is known in the transaction
    const bool dryRun = call.boolean("dry_run").value_or(false);
    return answer(call.scope, runOrTry(_parts.commands, dryRun, [&](store::Tx& tx) {
                      _parts.listings.match(tx, call.scope, id,
                                            variantIn(tx, call.scope, variantId, sku));
                      if (units)
                          _parts.listings.setUnitsPerSale(tx, call.scope, id, *units);
                      auto listing = require(tx, call.scope, id);
                      _parts.orders.rematch(tx, call.scope.tenant, {&listing.sku, 1},
                                            {call.request.id, call.scope.actor, "match"});
                      return listing;
                  }));
}

http::Response ListingRoutes::unmatch(Call& call)
{
    const Id id = call.id(0, prefix::listing, "listing");
    get(call);
    return answer(call.scope, _parts.commands.run([&](store::Tx& tx) {
        _parts.listings.unmatch(tx, call.scope, id);
        return require(tx, call.scope, id);
    }));
}

} // namespace spokehub::api
