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
    DELETE FROM idempotency_key WHERE (tenant_id, key) IN (
        SELECT tenant_id, key FROM idempotency_key WHERE created_at < $1 ORDER BY created_at LIMIT 10000))"};

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

void AnsweredKeys::forget(Tx& tx, Time before)
{
    tx.write(forgetKeys, {before});
}

} // namespace spokehub::store
