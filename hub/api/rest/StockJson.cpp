#include "api/rest/StockJson.h"

#include "api/Shown.h"
#include "core/Json.h"

#include <algorithm>

namespace spokehub::api
{

void writeMovementMembers(JsonWriter& json, const stock::MovementRow& movement)
{
    json.member("id", showId(prefix::movement, movement.id))
        .member("location", movement.location)
        .member("kind", stock::name(movement.kind))
        .member("on_hand_delta", movement.onHand)
        .member("reserved_delta", movement.reserved)
        .member("on_hand", movement.onHandAfter)
        .member("reserved", movement.reservedAfter)
        .member("cause", movement.cause)
        .member("actor", movement.actor)
        .member("reason", movement.reason)
        .member("at", toIso(movement.at));
}

std::string adjustedJson(const stock::StockResult& result)
{
    const stock::Level& level = result.level;
    JsonWriter json;
    json.beginObject()
        .member("sku", result.sku)
        .member("location", result.location)
        .member("on_hand", level.onHand)
        .member("reserved", level.reserved)
        .member("safety_stock", level.safety)
        .member("available", std::max<stock::Quantity>(0, level.free() - level.safety))
        .endObject();
    return json.take();
}

void answerAdjusted(const Reply& reply, store::Outcome<stock::StockResult>& outcome)
{
    if (!outcome.ok())
        return reply.fail(outcome.why());
    http::Response response = jsonResponse(adjustedJson(outcome.value()));
    if (outcome.value().repeated)
        response.headers.push_back({"Idempotency-Replayed", "true"});
    reply.send(std::move(response));
}

} // namespace spokehub::api
