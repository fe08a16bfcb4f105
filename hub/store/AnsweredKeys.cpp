#include "store/AnsweredKeys.h"

namespace spokehub::store
{

namespace
{

constexpr Sql selectKeys = {R"(
    SELECT k.tenant_id, k.key, k.request, k.owner_id
    FROM ({rows}) AS v JOIN idempotency_key k ON k.tenant_id = v.column1 AND k.key = v.column2)"};

constexpr Sql insertKey = {
    "INSERT INTO idempotency_key (tenant_id, key, request, owner_id, created_at) {rows}"};

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

} // namespace spokehub::store
