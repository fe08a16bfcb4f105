#include "api/rest/WarehouseRoutes.h"

#include "api/Bulk.h"
#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "api/rest/StockJson.h"
#include "core/Error.h"

namespace spokehub::api
{

namespace
{

constexpr std::int64_t quantityMax = 1'000'000'000;

void writeLocation(JsonWriter& json, const stock::Location& location)
{
    json.beginObject().member("name", location.name).member("title", location.title).endObject();
}

http::Response answer(const stock::Location& location, int status)
{
    JsonWriter json;
    writeLocation(json, location);
    return jsonResponse(json.take(), status);
}

void writeSkuLevel(JsonWriter& json, const stock::SkuLevel& row)
{
    json.beginObject()
        .member("variant_id", showId(prefix::variant, row.variant))
        .member("sku", row.sku)
        .member("location", row.level.locationName)
        .member("on_hand", row.level.onHand)
        .member("reserved", row.level.reserved)
        .member("safety_stock", row.level.safetyStock)
        .member("reorder_level", row.level.reorderLevel)
        .member("available", row.level.available())
        .member("updated_at", toIso(row.level.updatedAt))
        .endObject();
}

void beginCount(JsonWriter& json, const stock::Count& count)
{
    json.beginObject()
        .member("id", showId(prefix::count, count.id))
        .member("location", count.location)
        .member("title", count.title)
        .member("state", stock::name(count.state))
        .member("actor", count.actor)
        .member("created_at", toIso(count.createdAt))
        .member("ended_at", shown(count.endedAt));
}

void writeCount(JsonWriter& json, const stock::Count& count)
{
    beginCount(json, count);
    json.member("lines", count.lines).endObject();
}

http::Response answer(const stock::Count& count, int status)
{
    JsonWriter json;
    writeCount(json, count);
    return jsonResponse(json.take(), status);
}

void writeCountLines(JsonWriter& json, const std::vector<stock::CountLine>& lines)
{
    json.key("counted").beginArray();
    for (const stock::CountLine& line : lines)
        json.beginObject()
            .member("variant_id", showId(prefix::variant, line.variant))
            .member("sku", line.sku)
            .member("counted", line.counted)
            .member("expected", line.expected)
            .member("difference",
                    line.expected ? std::optional(line.counted - *line.expected) : std::nullopt)
            .endObject();
    json.endArray();
}

stock::Adjust receiptIn(Fields& fields)
{
    stock::Adjust adjust;
    adjust.kind = stock::MovementKind::Receive;
    adjust.sku = fields.text("sku", 1, 100);
    adjust.onHand = fields.integer("quantity", 1, quantityMax);
    adjust.location = fields.maybeText("location", 100).value_or(adjust.location);
    adjust.reason = fields.text("reason", 0, 500);
    fields.finish("receipt");
    return adjust;
}

stock::Transfer transferIn(Fields& fields)
{
    stock::Transfer wanted;
    wanted.sku = fields.text("sku", 1, 100);
    wanted.from = fields.text("from", 1, 100);
    wanted.to = fields.text("to", 1, 100);
    wanted.quantity = fields.integer("quantity", 1, quantityMax);
    wanted.reason = fields.text("reason", 0, 500);
    fields.finish("transfer");
    return wanted;
}

} // namespace

void WarehouseRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/locations",
              Permission::StockRead,
              "Where stock lies",
              answering([this](Call& call) { return locations(call); }),
              {"cursor", "limit"}})
        .lists("Location");
    router
        .add({"POST", "/api/v1/locations", Permission::LocationsManage, "Makes a location",
              answering([this](Call& call) { return createLocation(call); })})
        .takes("Location")
        .gives("Location", 201)
        .once();
    router
        .add({"PATCH", "/api/v1/locations/{name}", Permission::LocationsManage,
              "Calls a location something else; its name stays",
              answering([this](Call& call) { return renameLocation(call); })})
        .takes("LocationTitle")
        .gives("Location")
        .guard();
    router
        .add({"GET", "/api/v1/locations/{name}", Permission::StockRead, "A location",
              answering([this](Call& call) { return getLocation(call); })})
        .gives("Location");
    router
        .add({"GET",
              "/api/v1/stock",
              Permission::StockRead,
              "Every level there is",
              answering([this](Call& call) { return levels(call, false); }),
              {"cursor", "limit", "location", "updated_since"}})
        .lists("SkuLevel");
    router
        .add({"GET",
              "/api/v1/stock/low",
              Permission::StockRead,
              "Levels of which no more is free than their reorder level",
              answering([this](Call& call) { return levels(call, true); }),
              {"cursor", "limit", "location"}})
        .lists("SkuLevel");
    router
        .add({"POST", "/api/v1/stock/receive", Permission::StockAdjust, "Takes in a delivery",
              [this](Call& call, const Reply& reply) { receive(call, reply); }})
        .takes("Receipt")
        .gives("Adjusted")
        .once();
    router
        .add({"POST",
              "/api/v1/stock/bulk/receive",
              Permission::StockAdjust,
              "The same for many, each by itself",
              answering([this](Call& call) { return receiveMany(call); }),
              {"dry_run"}})
        .takes("Receipts")
        .gives("BulkResult")
        .once();
    router
        .add({"POST",
              "/api/v1/stock/bulk/transfer",
              Permission::StockAdjust,
              "Moves units of many SKUs, each by itself",
              answering([this](Call& call) { return transferMany(call); }),
              {"dry_run"}})
        .takes("Transfers")
        .gives("BulkResult")
        .once();
    router
        .add({"POST", "/api/v1/stock/transfer", Permission::StockAdjust,
              "Moves free units from one location to another",
              answering([this](Call& call) { return transfer(call); })})
        .takes("Transfer")
        .gives("Transferred", 201)
        .once();
    declareCounts(router);
}

void WarehouseRoutes::declareCounts(Router& router)
{
    router
        .add({"GET",
              "/api/v1/counts",
              Permission::StockRead,
              "Counts of locations, newest first",
              answering([this](Call& call) { return counts(call); }),
              {"cursor", "limit", "state"}})
        .lists("Count");
    router
        .add({"POST", "/api/v1/counts", Permission::StockAdjust, "Begins to count a location",
              answering([this](Call& call) { return openCount(call); })})
        .takes("NewCount")
        .gives("Count", 201)
        .once();
    router
        .add({"GET", "/api/v1/counts/{id}", Permission::StockRead, "A count with what was found",
              answering([this](Call& call) { return getCount(call); })})
        .gives("CountDetail");
    router
        .add({"POST", "/api/v1/counts/{id}/lines", Permission::StockAdjust,
              "Writes down what was found; of a SKU the last number counts",
              answering([this](Call& call) { return recordCount(call); })})
        .takes("CountLines")
        .gives("Count")
        .once()
        .guard();
    router
        .add({"POST",
              "/api/v1/counts/{id}/close",
              Permission::StockAdjust,
              "The levels become what was counted; what was not counted stays",
              answering([this](Call& call) { return closeCount(call); }),
              {"dry_run"}})
        .gives("CountDetail")
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/counts/{id}/cancel", Permission::StockAdjust,
              "Ends a count that shall change nothing",
              answering([this](Call& call) { return cancelCount(call); })})
        .gives("Count")
        .once()
        .guard();
}

http::Response WarehouseRoutes::locations(Call& call)
{
    const store::PageRequest asked = call.page();
    store::Page<stock::Location> page;
    _parts.database.point(
        [&](store::Session& session) { page = _locations.list(session, call.scope, asked); });
    return jsonResponse(listJson(page, writeLocation));
}

http::Response WarehouseRoutes::createLocation(Call& call)
{
    Fields fields(call.body());
    stock::Location wanted;
    wanted.name = fields.text("name", 1, 100);
    wanted.title = fields.text("title", 0, 200);
    fields.finish("location");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return answer(_locations.create(tx, call.scope, wanted), 201);
    });
}

http::Response WarehouseRoutes::getLocation(Call& call)
{
    std::optional<stock::Location> found;
    _parts.database.point([&](store::Session& session) {
        found = _locations.get(session, call.scope, call.parameter(0));
    });
    if (!found)
        throw Error(Refusal::NotFound, "there is no location " + call.parameter(0));
    return answer(*found, 200);
}

http::Response WarehouseRoutes::renameLocation(Call& call)
{
    Fields fields(call.body());
    const stock::Location wanted{0, call.parameter(0), fields.text("title", 0, 200)};
    fields.finish("location");
    return answer(_parts.commands.run(
                      [&](store::Tx& tx) { return _locations.rename(tx, call.scope, wanted); }),
                  200);
}

http::Response WarehouseRoutes::levels(Call& call, bool low)
{
    const store::PageRequest asked = call.page();
    const stock::LevelQuery query{call.text("location"), call.time("updated_since")};
    store::Page<stock::SkuLevel> page;
    _parts.database.read([&](store::Session& session) {
        page = low ? _reader.low(session, call.scope, asked, query)
                   : _reader.allLevels(session, call.scope, asked, query);
    });
    return jsonResponse(listJson(page, writeSkuLevel));
}

void WarehouseRoutes::receive(Call& call, const Reply& reply)
{
    Fields fields(call.body());
    _parts.stockCommands.submit(
        {call.scope, call.idempotencyKey(), call.request.id, receiptIn(fields)},
        [reply](store::Outcome<stock::StockResult> outcome) { answerAdjusted(reply, outcome); });
}

http::Response WarehouseRoutes::receiveMany(Call& call)
{
    return bulk(_parts, call, "receipts", 200, [&](store::Tx& tx, Fields& fields) {
        return adjustedJson(
            _parts.stockCommands.run(tx, {call.scope, {}, call.request.id, receiptIn(fields)}));
    });
}

std::string WarehouseRoutes::transferred(store::Tx& tx, const Call& call,
                                         const stock::Transfer& wanted) const
{
    const auto variant = _parts.variants.bySku(tx, call.scope, wanted.sku);
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + wanted.sku,
                    {{"sku", "is not known"}});
    _locations.transfer(tx, call.scope, variant->id, wanted, call.request.id);
    JsonWriter json;
    json.beginObject()
        .member("sku", wanted.sku)
        .member("from", wanted.from)
        .member("to", wanted.to)
        .member("quantity", wanted.quantity)
        .endObject();
    return json.take();
}

http::Response WarehouseRoutes::transfer(Call& call)
{
    Fields fields(call.body());
    const stock::Transfer wanted = transferIn(fields);
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return jsonResponse(transferred(tx, call, wanted), 201);
    });
}

http::Response WarehouseRoutes::transferMany(Call& call)
{
    return bulk(_parts, call, "transfers", 201, [&](store::Tx& tx, Fields& fields) {
        return transferred(tx, call, transferIn(fields));
    });
}

http::Response WarehouseRoutes::counts(Call& call)
{
    const store::PageRequest asked = call.page();
    std::optional<stock::CountState> state;
    if (const auto text = call.text("state")) {
        state = stock::countStateFromName(*text);
        if (!state)
            refuseParameter("state", "is none of open, closed, cancelled");
    }
    store::Page<stock::Count> page;
    _parts.database.point(
        [&](store::Session& session) { page = _counts.list(session, call.scope, asked, state); });
    return jsonResponse(listJson(page, writeCount));
}

http::Response WarehouseRoutes::openCount(Call& call)
{
    Fields fields(call.body());
    const std::string location = fields.maybeText("location", 100).value_or("main");
    const std::string title = fields.text("title", 0, 200);
    fields.finish("count");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return answer(_counts.open(tx, call.scope, location, title), 201);
    });
}

std::string WarehouseRoutes::countJson(store::Session& session, const Scope& scope, Id count) const
{
    const auto found = _counts.get(session, scope, count);
    if (!found)
        throw Error(Refusal::NotFound, "there is no count " + showId(prefix::count, count));
    JsonWriter json;
    beginCount(json, *found);
    writeCountLines(json, _counts.lines(session, scope, count));
    return json.endObject().take();
}

http::Response WarehouseRoutes::getCount(Call& call)
{
    const Id id = call.id(0, prefix::count, "count");
    std::string json;
    _parts.database.read(
        [&](store::Session& session) { json = countJson(session, call.scope, id); });
    return jsonResponse(std::move(json));
}

http::Response WarehouseRoutes::recordCount(Call& call)
{
    const Id id = call.id(0, prefix::count, "count");
    Fields fields(call.body());
    std::vector<std::pair<std::string, std::int64_t>> found;
    fields.require(fields.has("lines"), "lines", "is missing");
    fields.each("lines", stock::Counts::linesMax, [&](Fields& line) {
        std::string sku = line.text("sku", 1, 100);
        found.emplace_back(std::move(sku), line.integer("counted", 0, quantityMax));
    });
    fields.finish("count");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        std::vector<std::string> skus;
        for (const auto& [sku, counted] : found)
            skus.push_back(sku);
        const auto ids = _parts.variants.idsOf(tx, call.scope.tenant, skus);
        std::vector<stock::CountLine> lines;
        for (const auto& [sku, counted] : found) {
            const auto variant = ids.find(sku);
            if (variant == ids.end())
                throw Error(Refusal::NotFound, "there is no variant with the SKU " + sku,
                            {{"sku", "is not known"}});
            lines.push_back({.variant = variant->second, .sku = sku, .counted = counted});
        }
        return answer(_counts.record(tx, call.scope, id, lines), 200);
    });
}

http::Response WarehouseRoutes::closeCount(Call& call)
{
    const Id id = call.id(0, prefix::count, "count");
    const bool dryRun = call.boolean("dry_run").value_or(false);
    const auto close = [&](store::Tx& tx) {
        _counts.close(tx, call.scope, id, call.request.id);
        return jsonResponse(countJson(tx, call.scope, id));
    };
    if (dryRun)
        return runOrTry(_parts.commands, true, close);
    return Once(_parts.commands, _parts.clock).run(call, close);
}

http::Response WarehouseRoutes::cancelCount(Call& call)
{
    const Id id = call.id(0, prefix::count, "count");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return answer(_counts.cancel(tx, call.scope, id), 200);
    });
}

} // namespace spokehub::api
