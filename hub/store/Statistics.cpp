#include "store/Statistics.h"

#include "store/Connection.h"

#include <vector>

namespace spokehub::store
{

namespace
{

constexpr Sql selectGrown{R"(
    SELECT CAST(quote_ident(s.relname) AS TEXT) FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname = current_schema() AND s.n_mod_since_analyze > 100
      AND s.n_mod_since_analyze > CAST(c.reltuples AS BIGINT))"};

} // namespace

void Statistics::renew()
{
    if (_database.engine() == Engine::Sqlite)
        return;
    std::vector<std::string> grown;
    _database.point([&](Session& session) {
        grown.clear();
        session.query(selectGrown, {}, [&](const Row& row) { grown.push_back(row.string(0)); });
    });
    if (grown.empty())
        return;
    const auto owner = _database.connectAsOwner();
    for (const std::string& table : grown)
        owner->runText("ANALYZE " + table, {}, nullptr);
}

} // namespace spokehub::store
