#include "api/rest/StockRoutes.h"

#include "api/Bulk.h"
#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "api/rest/StockJson.h"
#include "core/Error.h"
#include "stock/AvailabilityReader.h"

namespace spokehub::api
{

namespace
{

constexpr std::int64_t quantityMax = 1'000'000'000;
constexpr std::int64_t secondsMax = 366LL * 24 * 3600;

catalog::Variant requireSku(const ApiParts& parts, store::Session& session, const Scope& scope,
                            std::string_view sku)
{
    auto variant = parts.variants.bySku(session, scope, sku);
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + std::string(sku));
    return *std::move(variant);
}

std::string reservationJson(const stock::Reservation& reservation)
{
    JsonWriter json;
    json.beginObject()
        .member("id", showId(prefix::reservation, reservation.id))
        .member("sku", reservation.sku)
        .member("quantity", reservation.quantity)
        .member("state", stock::name(reservation.state))
        .member("kind", stock::name(reservation.kind))
        .member("reference", reservation.reference)
        .member("actor", reservation.actor)
        .member("expires_at", shown(reservation.expiresAt))
        .member("created_at", toIso(reservation.createdAt))
        .key("holds")
        .beginArray();
    for (const stock::HeldAt& held : reservation.holds)
        json.beginObject()
            .member("location", held.location)
            .member("sku", held.sku)
            .member("quantity", held.quantity)
            .endObject();
    json.endArray().endObject();
    return json.take();
}

void writeException(JsonWriter& json, const stock::ExceptionRow& exception)
{
    json.beginObject()
        .member("id", showId(prefix::exception, exception.id))
        .member("kind", exception.kind)
        .member("subject", exception.subject)
        .member("message", exception.message)
        .member("cause", exception.cause)
        .member("at", toIso(exception.at))
        .member("resolved_at", shown(exception.resolvedAt))
        .endObject();
}

/// `on_hand` is a count; `delta_on_hand` a change.
stock::Adjust adjustmentIn(Fields& fields)
{
    stock::Adjust adjust;
    adjust.sku = fields.text("sku", 1, 100);
    if (auto location = fields.maybeText("location", 100))
        adjust.location = *std::move(location);
    const auto count = fields.maybeInteger("on_hand", 0, quantityMax);
    const auto delta = fields.maybeInteger("delta_on_hand", -quantityMax, quantityMax);
    fields.require(!count || !delta, "on_hand", "and delta_on_hand cannot both be given");
    adjust.onHand = count ? *count : delta.value_or(0);
    adjust.reservedByHand =
        fields.maybeInteger("delta_reserved", -quantityMax, quantityMax).value_or(0);
    const std::string kind = fields.text("kind", 0, 20);
    fields.require(kind.empty() || kind == "adjust" || kind == "receive", "kind",
                   "is neither adjust nor receive");
    fields.require(kind.empty() || !count, "kind", "has no meaning with on_hand, which is a count");
    if (count)
        adjust.kind = stock::MovementKind::Count;
    else if (kind == "receive")
        adjust.kind = stock::MovementKind::Receive;
    adjust.reason = fields.text("reason", 0, 500);
    fields.finish("adjustment");
    return adjust;
}

stock::Reserve reserveIn(Call& call)
{
    Fields fields(call.body());
    stock::Reserve reserve;
    reserve.sku = fields.text("sku", 1, 100);
    reserve.quantity = fields.integer("quantity", 1, quantityMax);
    reserve.location = fields.text("location", 0, 100);
    reserve.reference = fields.text("reference", 0, 200);
    if (const auto seconds = fields.maybeInteger("expires_in", 1, secondsMax))
        reserve.expiresIn = std::chrono::seconds(*seconds);
    fields.finish("reservation");
    return reserve;
}

void answerReservation(const Reply& reply, store::Outcome<stock::StockResult>& outcome, int status)
{
    if (!outcome.ok())
        return reply.fail(outcome.why());
    http::Response response =
        jsonResponse(reservationJson(outcome.value().reservation.value()), status);
    if (outcome.value().repeated)
        response.headers.push_back({"Idempotency-Replayed", "true"});
    reply.send(std::move(response));
}

} // namespace

void StockRoutes::declare(Router& router)
{
    router
        .add({"GET", "/api/v1/stock/{sku}", Permission::StockRead,
              "What there is of a SKU at each location, and what may be sold",
              answering([this](Call& call) { return level(call); })})
        .gives("Stock");
    router
        .add({"GET",
              "/api/v1/stock/{sku}/movements",
              Permission::StockRead,
              "The movements of a SKU, newest first",
              answering([this](Call& call) { return movements(call); }),
              {"cursor", "limit"}})
        .lists("Movement");
    router
        .add({"GET",
              "/api/v1/stock/movements",
              Permission::StockRead,
              "The movements of all SKUs, newest first; with filters a page may have few rows, or "
              "none, and another page after it",
              answering([this](Call& call) { return allMovements(call); }),
              {"cursor", "limit", "kind", "cause", "actor", "location", "sku", "since", "before"}})
        .lists("SkuMovement");
    router
        .add({"POST", "/api/v1/stock/adjust", Permission::StockAdjust,
              "Counts or changes what is on hand, and what is held by hand",
              [this](Call& call, const Reply& reply) { adjust(call, reply); }})
        .takes("Adjustment")
        .gives("Adjusted")
        .once();
    router
        .add({"POST",
              "/api/v1/stock/bulk/adjust",
              Permission::StockAdjust,
              "The same for many, each by itself",
              answering([this](Call& call) { return adjustMany(call); }),
              {"dry_run"}})
        .takes("Adjustments")
        .gives("BulkResult")
        .once();
    router
        .add({"POST", "/api/v1/stock/limits", Permission::StockLimits,
              "Sets safety stock and reorder level of a SKU at a location",
              answering([this](Call& call) { return setLimits(call); })})
        .takes("Limits")
        .gives("Stock");
    declareReservations(router);
    router
        .add({"GET",
              "/api/v1/exceptions",
              Permission::ExceptionsRead,
              "What a person should look at, newest first",
              answering([this](Call& call) { return exceptions(call); }),
              {"cursor", "limit", "kind", "resolved"}})
        .lists("Exception");
    router
        .add({"GET", "/api/v1/exceptions/{id}", Permission::ExceptionsRead,
              "What a person should look at, or has seen to",
              answering([this](Call& call) { return exception(call); })})
        .gives("Exception");
    router
        .add({"POST", "/api/v1/exceptions/{id}/resolve", Permission::ExceptionsResolve,
              "A person has seen to it", answering([this](Call& call) { return resolve(call); })})
        .gives("ExceptionResolved")
        .guard();
}

void StockRoutes::declareReservations(Router& router)
{
    router
        .add({"POST", "/api/v1/stock/reserve", Permission::StockReserve,
              "Holds units for a caller: all of them or none",
              [this](Call& call, const Reply& reply) { reserve(call, reply); }})
        .takes("NewReservation")
        .gives("Reservation", 201)
        .once();
    router
        .add({"GET",
              "/api/v1/stock/reservations",
              Permission::StockRead,
              "Reservations of callers and by hand, newest first",
              answering([this](Call& call) { return reservations(call); }),
              {"cursor", "limit", "state", "sku"}})
        .lists("Reservation");
    router
        .add({"GET", "/api/v1/stock/reservations/{id}", Permission::StockRead, "A reservation",
              answering([this](Call& call) { return reservation(call); })})
        .gives("Reservation");
    router
        .add({"POST", "/api/v1/stock/reservations/{id}/release", Permission::StockReserve,
              "Gives the units back",
              [this](Call& call, const Reply& reply) {
                  end(call, reply, stock::HoldState::Released);
              }})
        .gives("Reservation")
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/stock/reservations/{id}/commit", Permission::StockReserve,
              "The units leave the shelf",
              [this](Call& call, const Reply& reply) {
                  end(call, reply, stock::HoldState::Committed);
              }})
        .gives("Reservation")
        .once()
        .guard();
}

std::string StockRoutes::levelJson(store::Session& session, const Scope& scope,
                                   const std::string& sku) const
{
    const catalog::Variant variant = requireSku(_parts, session, scope, sku);
    stock::ChannelStockRules everywhere;
    for (const stock::Place& place : _reader.locations(session, scope))
        everywhere.locations.push_back(place.id);
    // The same function that channels are told by; a bundle is as many as its components make.
    const auto explanation =
        stock::AvailabilityReader(_parts.bundles)
            .explain(session, scope.tenant, everywhere,
                     {.variant = variant.id, .sku = variant.sku, .category = variant.category});
    JsonWriter json;
    json.beginObject()
        .member("sku", variant.sku)
        .member("variant_id", showId(prefix::variant, variant.id))
        .member("bundle", explanation.bundle)
        .member("available", explanation.available)
        .key("levels")
        .beginArray();
    for (const stock::LevelRow& level : _reader.levels(session, scope, variant.id))
        json.beginObject()
            .member("location", level.locationName)
            .member("on_hand", level.onHand)
            .member("reserved", level.reserved)
            .member("safety_stock", level.safetyStock)
            .member("reorder_level", level.reorderLevel)
            .member("available", level.available())
            .member("updated_at", toIso(level.updatedAt))
            .endObject();
    json.endArray().endObject();
    return json.take();
}

http::Response StockRoutes::level(Call& call)
{
    std::string json;
    _parts.database.read(
        [&](store::Session& session) { json = levelJson(session, call.scope, call.parameter(0)); });
    return jsonResponse(std::move(json));
}

http::Response StockRoutes::movements(Call& call)
{
    const store::PageRequest asked = call.page();
    store::Page<stock::MovementRow> page;
    _parts.database.point([&](store::Session& session) {
        const auto variant = requireSku(_parts, session, call.scope, call.parameter(0));
        page = _reader.movements(session, call.scope, variant.id, asked);
    });
    return jsonResponse(listJson(page, [](JsonWriter& json, const stock::MovementRow& movement) {
        json.beginObject();
        writeMovementMembers(json, movement);
        json.endObject();
    }));
}

http::Response StockRoutes::allMovements(Call& call)
{
    stock::MovementQuery query{.cause = call.text("cause"),
                               .actor = call.text("actor"),
                               .location = call.text("location"),
                               .since = call.time("since"),
                               .before = call.time("before")};
    if (const auto kind = call.text("kind")) {
        query.kind = stock::movementKindFromName(*kind);
        if (!query.kind)
            refuseParameter("kind", "is no kind of movement: " + *kind);
    }
    const auto sku = call.text("sku");
    const store::PageRequest asked = call.page();
    store::Page<stock::MovementRow> page;
    _parts.database.read([&](store::Session& session) {
        if (sku)
            query.variant = requireSku(_parts, session, call.scope, *sku).id;
        page = _reader.allMovements(session, call.scope, query, asked);
    });
    return jsonResponse(listJson(page, [](JsonWriter& json, const stock::MovementRow& movement) {
        json.beginObject().member("sku", movement.sku);
        writeMovementMembers(json, movement);
        json.endObject();
    }));
}

void StockRoutes::adjust(Call& call, const Reply& reply)
{
    Fields fields(call.body());
    _parts.stockCommands.submit(
        {call.scope, call.idempotencyKey(), call.request.id, adjustmentIn(fields)},
        [reply](store::Outcome<stock::StockResult> outcome) { answerAdjusted(reply, outcome); });
}

http::Response StockRoutes::adjustMany(Call& call)
{
    return bulk(_parts, call, "adjustments", 200, [&](store::Tx& tx, Fields& fields) {
        return adjustedJson(
            _parts.stockCommands.run(tx, {call.scope, {}, call.request.id, adjustmentIn(fields)}));
    });
}

http::Response StockRoutes::setLimits(Call& call)
{
    Fields fields(call.body());
    const std::string sku = fields.text("sku", 1, 100);
    const std::string location = fields.maybeText("location", 100).value_or("main");
    const auto safety = fields.maybeInteger("safety_stock", 0, quantityMax);
    const auto reorder = fields.maybeInteger("reorder_level", 0, quantityMax);
    fields.require(safety || reorder, "safety_stock", "or reorder_level must be given");
    fields.finish("limits");
    return jsonResponse(_parts.commands.run([&](store::Tx& tx) {
        const auto variant = requireSku(_parts, tx, call.scope, sku);
        const auto place = _reader.locationOf(tx, call.scope, location);
        if (!place)
            throw Error(Refusal::BadRequest, "there is no location " + location,
                        {{"location", "is not known"}});
        _parts.ledger.setLimits(tx, {.tenant = call.scope.tenant,
                                     .variant = variant.id,
                                     .location = *place,
                                     .safetyStock = safety,
                                     .reorderLevel = reorder});
        tx.note(store::Difference(sku)
                    .told("location", location)
                    .told("safety_stock", safety)
                    .told("reorder_level", reorder));
        return levelJson(tx, call.scope, sku);
    }));
}

void StockRoutes::reserve(Call& call, const Reply& reply)
{
    _parts.stockCommands.submit(
        {call.scope, call.idempotencyKey(), call.request.id, reserveIn(call)},
        [reply](store::Outcome<stock::StockResult> outcome) {
            answerReservation(reply, outcome, 201);
        });
}

void StockRoutes::end(Call& call, const Reply& reply, stock::HoldState how)
{
    const Id id = call.id(0, prefix::reservation, "reservation");
    stock::StockCommand command{call.scope, {}, call.request.id, stock::EndReservation{id, how}};
    if (call.request.header("If-Match") != nullptr) // what only some ask for, so not in a batch
        return reply.send(Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
            const auto ended = _parts.stockCommands.run(tx, command);
            return jsonResponse(reservationJson(ended.reservation.value()));
        }));
    command.idempotencyKey = call.idempotencyKey();
    _parts.stockCommands.submit(std::move(command),
                                [reply](store::Outcome<stock::StockResult> outcome) {
                                    answerReservation(reply, outcome, 200);
                                });
}

http::Response StockRoutes::reservations(Call& call)
{
    stock::ReservationQuery query;
    if (const std::string* text = call.query.find("state")) {
        const auto state = stock::holdStateFromName(*text);
        if (!state)
            refuseParameter("state", "is none of active, released, committed, expired");
        query.state = *state;
    }
    const std::string* sku = call.query.find("sku");
    const store::PageRequest asked = call.page();
    store::Page<stock::Reservation> page;
    _parts.database.point([&](store::Session& session) {
        if (sku != nullptr)
            query.variant = requireSku(_parts, session, call.scope, *sku).id;
        page = _reader.reservations(session, call.scope, query, asked);
    });
    return jsonResponse(listJson(page, [](JsonWriter& json, const stock::Reservation& reservation) {
        json.raw(reservationJson(reservation));
    }));
}

http::Response StockRoutes::reservation(Call& call)
{
    const Id id = call.id(0, prefix::reservation, "reservation");
    std::optional<stock::Reservation> found;
    _parts.database.point(
        [&](store::Session& session) { found = _reader.reservation(session, call.scope, id); });
    if (!found)
        throw Error(Refusal::NotFound,
                    "there is no reservation " + showId(prefix::reservation, id));
    return jsonResponse(reservationJson(*found));
}

http::Response StockRoutes::exceptions(Call& call)
{
    stock::ExceptionQuery query;
    query.resolved = call.boolean("resolved").value_or(false);
    query.kind = call.query.text("kind");
    const store::PageRequest asked = call.page();
    store::Page<stock::ExceptionRow> page;
    _parts.database.point([&](store::Session& session) {
        page = _reader.exceptions(session, call.scope, query, asked);
    });
    return jsonResponse(listJson(page, writeException));
}

http::Response StockRoutes::exception(Call& call)
{
    const Id id = call.id(0, prefix::exception, "exception");
    std::optional<stock::ExceptionRow> found;
    _parts.database.point(
        [&](store::Session& session) { found = _reader.exception(session, call.scope, id); });
    if (!found)
        throw Error(Refusal::NotFound, "there is no exception " + showId(prefix::exception, id));
    JsonWriter json;
    writeException(json, *found);
    return jsonResponse(json.take());
}

http::Response StockRoutes::resolve(Call& call)
{
    const Id id = call.id(0, prefix::exception, "exception");
    _parts.commands.run([&](store::Tx& tx) { _parts.exceptions.resolve(tx, call.scope, id); });
    JsonWriter json;
    json.beginObject()
        .member("id", showId(prefix::exception, id))
        .member("resolved", true)
        .endObject();
    return jsonResponse(json.take());
}

} // namespace spokehub::api
