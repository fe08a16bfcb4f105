#include "store/AnsweredKeys.h"

namespace spokehub::store
{

namespace
{

constexpr Sql selectKeys = {R"(
    SELECT k.tenant_id, k.key, k.request, k.owner_id
    FROM {each_row} idempotency_key k
    WHERE k.tenant_id = {1} AND k.key = {2})"};

constexpr Sql insertKey = {
    "INSERT INTO idempotency_key (tenant_id, key, request, owner_id, created_at) {rows}"};

constexpr Sql forgetKeys = {R"(
    DELETE FROM idempotency_key WHERE created_at < $1 AND created_at <= (SELECT MAX(oldest.created_at) FROM
        (SELECT created_at FROM idempotency_key ORDER BY created_at LIMIT 1000) AS oldest))"};

} // namespace

AnsweredKeys::Answers AnsweredKeys::find(Session& session, const RowSet& keys)
{
    Answers answers;
    session.queryRows(selectKeys, keys, [&](const Row& row) {
        answers[{row.integer(0), row.string(1)}] = {row.string(2), row.integer(3)};
    });
    return answers;
}

void AnsweredKeys::keep(Tx& tx, const RowSet& answers)
{
    if (!answers.empty())
        tx.writeRows(insertKey, answers);
}

std::int64_t AnsweredKeys::forget(Tx& tx, Time before)
{
    return tx.execute(forgetKeys, {before});
}

} // namespace spokehub::store
