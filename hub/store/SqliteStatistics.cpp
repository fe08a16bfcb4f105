#include "store/SqliteStatistics.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::store
{

namespace
{

// Of a table and its index: how many rows have the same values in the first column, in the first
// two, and so on, as they are in a busy hub with a few tenants.
constexpr std::int64_t rowsOfTable = 1'000'000;
constexpr std::int64_t rowsOfSome = 10'000; // of an index of what waits, lacks or fails
constexpr std::int64_t tenants = 10;
constexpr std::int64_t kinds = 5;  // of what has few values
constexpr std::int64_t alike = 10; // rows that share any other value

const std::set<std::string_view> fewValues = {"active", "channel_id",  "class",      "fact_key",
                                              "kind",   "location_id", "owner_kind", "queue",
                                              "role",   "state",       "status",     "stream"};

constexpr Sql selectTable{"SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"};
constexpr Sql selectTold{"SELECT tbl, idx, stat FROM sqlite_stat1"};
constexpr Sql make{"ANALYZE schema_migration"}; // small: sqlite_stat1 is there afterwards
constexpr Sql forget{"DELETE FROM sqlite_stat1"};
constexpr Sql insert{"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)"};
constexpr Sql load{"ANALYZE sqlite_schema"};

// The key of a table without rowids goes by the table's name there.
constexpr Sql selectIndexes{R"(
    SELECT t.name, CASE WHEN i.origin = 'pk' AND t.sql LIKE '%WITHOUT ROWID%' THEN t.name ELSE i.name END,
           i."unique", COALESCE(s.sql, ''), c.name
    FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
    LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = i.name
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY i.name, c.seqno)"};

struct Index
{
    std::string table;
    std::string name;
    bool unique = false;
    bool some = false; // of the rows: it has a condition that few meet
    std::vector<std::string> columns;
};

bool isOfSome(std::string_view sql)
{
    const std::size_t condition = sql.find(" WHERE ");
    return condition != std::string_view::npos &&
           sql.find("NOT NULL", condition) == std::string_view::npos &&
           sql.find("<>", condition) == std::string_view::npos;
}

std::vector<Index> indexesOf(Connection& connection)
{
    std::vector<Index> indexes;
    Session(connection).query(selectIndexes, {}, [&](const Row& row) {
        if (indexes.empty() || indexes.back().name != row.text(1))
            indexes.push_back(
                {row.string(0), row.string(1), row.boolean(2), isOfSome(row.text(3)), {}});
        indexes.back().columns.push_back(row.string(4));
    });
    return indexes;
}

std::string statisticsOf(const Index& index)
{
    std::int64_t rows = index.some ? rowsOfSome : rowsOfTable;
    std::string text = std::to_string(rows);
    for (std::size_t i = 0; i < index.columns.size(); ++i) {
        const std::string& column = index.columns[i];
        if (index.unique && i + 1 == index.columns.size())
            rows = 1;
        else if (column == "tenant_id")
            rows /= tenants;
        else if (fewValues.contains(column))
            rows /= kinds;
        else
            rows = rows > alike ? alike : 1;
        rows = std::max<std::int64_t>(rows, 1);
        text += " " + std::to_string(rows);
    }
    return text + " noskipscan";
}

/// Rows of sqlite_stat1: table, index, statistics.
using Told = std::set<std::array<std::string, 3>>;

Told told(Connection& connection)
{
    Session session(connection);
    bool exists = false;
    session.query(selectTable, {}, [&](const Row&) { exists = true; });
    Told rows;
    if (exists)
        session.query(selectTold, {}, [&](const Row& row) {
            rows.insert({row.string(0), row.string(1), row.string(2)});
        });
    return rows;
}

} // namespace

void tellPlanner(Connection& connection)
{
    Told wanted;
    for (const Index& index : indexesOf(connection))
        wanted.insert({index.table, index.name, statisticsOf(index)});
    if (told(connection) == wanted)
        return;
    connection.begin(false);
    try {
        connection.run(make, {}, nullptr);
        connection.run(forget, {}, nullptr);
        for (const auto& [table, index, statistics] : wanted)
            connection.run(insert, std::array<Param, 3>{table, index, statistics}, nullptr);
        connection.commit();
    } catch (...) {
        connection.rollback();
        throw;
    }
    connection.run(load, {}, nullptr);
}

} // namespace spokehub::store
