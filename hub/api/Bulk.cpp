#include "api/Bulk.h"

#include "api/Problem.h"
#include "api/Reply.h"
#include "store/Savepoint.h"

namespace spokehub::api
{

namespace
{

constexpr std::size_t rowsMax = 1000;

void writeRefusal(JsonWriter& json, const Error& error)
{
    const Problem problem = problemOf(error.refusal(), error.what());
    json.member("status", problem.status).key("result").null();
    json.key("error").beginObject().member("code", problem.code).member("detail", problem.detail);
    json.key("errors").beginArray();
    for (const FieldError& field : error.fields())
        json.beginObject().member("field", field.field).member("reason", field.reason).endObject();
    json.endArray().endObject();
}

/// True when it happened.
bool runRow(store::Tx& tx, JsonWriter& json, Json given, int madeStatus, const BulkRow& row)
{
    store::Savepoint part(tx);
    try {
        if (!given.isObject())
            throw Error(Refusal::BadRequest, "a row is not an object");
        Fields fields(given);
        const std::string result = row(tx, fields);
        part.keep();
        json.member("status", madeStatus).key("result").raw(result).key("error").null();
        return true;
    } catch (const Error& error) {
        part.undo();
        writeRefusal(json, error);
        return false;
    }
}

std::string runRows(store::Tx& tx, Json rows, bool dryRun, int madeStatus, const BulkRow& row)
{
    JsonWriter json;
    json.beginObject().key("data").beginArray();
    std::int64_t index = 0, done = 0;
    rows.each([&](Json given) {
        json.beginObject().member("index", index++);
        done += runRow(tx, json, given, madeStatus, row) ? 1 : 0;
        json.endObject();
        return true;
    });
    json.endArray()
        .member("done", done)
        .member("refused", index - done)
        .member("dry_run", dryRun)
        .endObject();
    return json.take();
}

} // namespace

http::Response bulk(const ApiParts& parts, Call& call, const std::string& thing, int madeStatus,
                    const BulkRow& row)
{
    const Json rows = call.body()["rows"];
    const bool dryRun = call.boolean("dry_run").value_or(false);
    if (!rows.isArray() || rows.size() == 0 || rows.size() > rowsMax)
        throw Error(Refusal::BadRequest,
                    "rows must be a list of 1 to " + std::to_string(rowsMax) + " " + thing,
                    {{"rows", "is missing, or has too few or too many entries"}});
    const auto work = [&](store::Tx& tx) {
        return jsonResponse(runRows(tx, rows, dryRun, madeStatus, row));
    };
    if (dryRun)
        return runOrTry(parts.commands, true, work);
    return Once(parts.commands, parts.clock).run(call, work);
}

} // namespace spokehub::api
