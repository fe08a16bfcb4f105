#include "api/Once.h"

#include "api/Reply.h"
#include "core/Digest.h"
#include "core/Error.h"
#include "store/AnsweredKeys.h"
#include "store/Condition.h"

#include <array>
#include <optional>

namespace spokehub::api
{

namespace
{

constexpr store::Sql selectAnswer{
    "SELECT request, status, answer FROM answered_request WHERE tenant_id = $1 AND key = $2"};
constexpr store::Sql insertAnswer{
    "INSERT INTO answered_request (tenant_id, key, request, status, answer, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"};
constexpr store::Sql forgetAnswers{
    "DELETE FROM answered_request WHERE created_at < $1 AND created_at <= (SELECT "
    "MAX(oldest.created_at) FROM (SELECT created_at FROM answered_request ORDER BY created_at "
    "LIMIT 1000) AS oldest)"};

// A repeated request is still answered by the order that it made, and by no more.
constexpr store::Sql eraseAnswer{R"(
    UPDATE answered_request SET answer = {3} {from_rows}
    WHERE answered_request.tenant_id = {1} AND answered_request.answer LIKE {2})"};

std::string digestOf(const http::Request& request)
{
    return sha256Hex(request.method + " " + request.target + "\n" + request.body);
}

[[noreturn]] void refuseOther(const std::string& key)
{
    throw Error(Refusal::Unprocessable, "Idempotency-Key " + key + " was used for another request");
}

std::optional<http::Response> answeredBefore(store::Tx& tx, const Scope& scope,
                                             const std::string& key, const std::string& request)
{
    std::optional<http::Response> answer;
    tx.query(selectAnswer, {scope.tenant, key}, [&](const store::Row& row) {
        if (row.text(0) != request)
            refuseOther(key);
        answer = jsonResponse(row.string(2), static_cast<int>(row.integer(1)));
        answer->headers.push_back({"Idempotency-Replayed", "true"});
    });
    if (answer)
        return answer;
    store::RowSet keys(2);
    keys.add({scope.tenant, key});
    if (!store::AnsweredKeys::find(tx, keys).empty())
        refuseOther(key);
    return std::nullopt;
}

} // namespace

http::Response Once::run(const Call& call, const Work& work) const
{
    const std::string key = call.idempotencyKey();
    if (key.empty())
        return _commands.run(work);
    const std::string request = digestOf(call.request);
    const auto condition = store::Condition::take(); // what was answered before needs none
    return _commands.run([&](store::Tx& tx) {
        if (auto before = answeredBefore(tx, call.scope, key, request))
            return *std::move(before);
        http::Response answer = condition.run(tx, work);
        if (tx.execute(insertAnswer, {call.scope.tenant, key, request, answer.status, answer.body,
                                      _clock.now()}) != 1)
            throw Error(Refusal::Conflict,
                        "a request under Idempotency-Key " + key + " is being answered");
        return answer;
    });
}

void Once::eraseAnswers(store::Tx& tx, Id tenant, std::span<const Id> orders)
{
    store::RowSet rows(3);
    for (const Id order : orders) {
        const std::string known = R"({"id":")" + showId("ord", order) + "\"";
        rows.add({tenant, rows.keep(known + "%"), rows.keep(known + "}")});
    }
    if (!rows.empty())
        tx.writeRows(eraseAnswer, rows);
}

std::int64_t Once::forget(store::Tx& tx, Time before)
{
    return tx.execute(forgetAnswers, {before}) + store::AnsweredKeys::forget(tx, before);
}

} // namespace spokehub::api
