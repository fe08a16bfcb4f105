#include "api/rest/StockJson.h"

#include "core/Json.h"

#include <algorithm>

namespace spokehub::api
{

void answerAdjusted(const Reply& reply, store::Outcome<stock::StockResult>& outcome)
{
    if (!outcome.ok())
        return reply.fail(outcome.why());
    const stock::StockResult& result = outcome.value();
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
    http::Response response = jsonResponse(json.take());
    if (result.repeated)
        response.headers.push_back({"Idempotency-Replayed", "true"});
    reply.send(std::move(response));
}

} // namespace spokehub::api
