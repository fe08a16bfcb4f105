#include "cli/Command.h"

#include "core/Id.h"
#include "store/Migrator.h"

namespace spokehub::cli
{

namespace
{

constexpr std::chrono::minutes sumsMax{10}; // every movement there ever was

// A sum of integers is a number of any size on PostgreSQL, so it is cast.
constexpr store::Sql disagreements = {R"(
    SELECT sums.tenant_id, COALESCE(variant.sku, ''), COALESCE(location.name, ''), sums.on_hand, sums.moved,
           sums.reserved, sums.reserved_moved, sums.held, sums.variant_id, sums.location_id
    FROM (SELECT tenant_id, variant_id, location_id,
                 CAST(SUM(on_hand) AS BIGINT) AS on_hand, CAST(SUM(moved) AS BIGINT) AS moved,
                 CAST(SUM(reserved) AS BIGINT) AS reserved, CAST(SUM(reserved_moved) AS BIGINT) AS reserved_moved,
                 CAST(SUM(held) AS BIGINT) AS held
          FROM (SELECT tenant_id, variant_id, location_id, on_hand, 0 AS moved, reserved, 0 AS reserved_moved, 0 AS held
                FROM stock_level
                UNION ALL
                SELECT tenant_id, variant_id, location_id, 0, on_hand_delta, 0, reserved_delta, 0 FROM stock_movement
                UNION ALL
                SELECT tenant_id, variant_id, location_id, 0, 0, 0, 0, quantity FROM reservation) AS every
          GROUP BY tenant_id, variant_id, location_id) AS sums
    LEFT JOIN variant ON variant.tenant_id = sums.tenant_id AND variant.id = sums.variant_id
    LEFT JOIN location ON location.tenant_id = sums.tenant_id AND location.id = sums.location_id
    WHERE sums.on_hand <> sums.moved OR sums.reserved <> sums.reserved_moved OR sums.reserved <> sums.held
       OR sums.reserved < 0 OR sums.reserved > sums.on_hand
    ORDER BY sums.tenant_id, sums.variant_id, sums.location_id)"};

std::string named(const std::string& name, const std::string& prefix, Id id)
{
    return name.empty() ? showId(prefix, id) : name;
}

/// Each level must equal the sum of its movements, and what is reserved the sum of the holds.
ExitCode verify(Command& command, store::Database& database)
{
    JsonWriter json;
    std::int64_t found = 0;
    json.beginArray();
    database.read([&](store::Session& session) {
        session.query(disagreements, {}, [&](const store::Row& row) {
            ++found;
            json.beginObject()

                .member("sku", named(row.string(1), "var", row.integer(8)))
                .member("location", named(row.string(2), "loc", row.integer(9)))
                .member("on_hand", row.integer(3))
                .member("on_hand_by_movements", row.integer(4))
                .member("reserved", row.integer(5))
                .member("reserved_by_movements", row.integer(6))
                .member("reserved_by_holds", row.integer(7))
                .endObject();
        });
    });
    json.endArray();
    if (found == 0) {
        command.output().note("stock: every level is the sum of its movements and holds");
        return ExitCode::Done;
    }
    command.output().list(JsonDocument::parse(json.text())->root(),
                          {"sku", "location", "on_hand", "on_hand_by_movements", "reserved",
                           "reserved_by_movements", "reserved_by_holds"});
    command.output().note("stock: " + std::to_string(found) + " levels disagree");
    return ExitCode::Failed;
}

ExitCode doctor(Command& command)
{
    const Config config = command.config();
    command.output().note("configuration: " + config.file + " is good");
    store::Database database(config.database.url, {.statementTimeout = sumsMax});
    const SystemClock clock;
    store::Migrator migrator(database, migrationsDirectory(), clock);
    const auto pending = migrator.pending();
    command.output().note("database: version " + std::to_string(migrator.current()) +
                          (pending.empty() ? ", current"
                                           : ", " + std::to_string(pending.size()) +
                                                 " migrations pending: spokehub db migrate"));
    if (!pending.empty())
        return ExitCode::Failed;
    return command.flag("--verify") ? verify(command, database) : ExitCode::Done;
}

} // namespace

std::vector<Verb> doctorVerbs()
{
    return {{"doctor",
             "",
             "looks at configuration and database",
             {{"--verify", "add up all movements and holds, and name each level that disagrees"}},
             doctor}};
}

} // namespace spokehub::cli
