#include "cli/Command.h"
#include "cli/Progress.h"

#include "access/Tenants.h"
#include "ops/Doctor.h"
#include "store/Migrator.h"

namespace spokehub::cli
{

namespace
{

constexpr std::chrono::minutes sumMax{10}; // every movement of a variant there ever was
constexpr std::int64_t namedMax = 100'000; // rows that are kept to be shown

std::string idsOf(const ops::Disagreement& each)
{
    std::string text;
    for (const auto& [name, id] : each.ids)
        text += (text.empty() ? "" : " ") + name + "=" + id;
    return text;
}

/// A table for people and CSV; programs get the ids one by one.
class Findings
{
public:
    Findings() { _json.beginArray(); }

    void add(const std::string& tenant, const ops::Disagreement& each)
    {
        if (++_count > namedMax)
            return;
        _json.beginObject()
            .member("tenant", tenant)
            .member("table", each.table)
            .member("row", idsOf(each))
            .member("what", each.what)
            .member("expected", each.expected)
            .member("found", each.found)
            .member("remedy", each.remedy)
            .key("ids")
            .beginObject();
        for (const auto& [name, id] : each.ids)
            _json.member(name, id);
        _json.endObject().endObject();
    }

    std::int64_t count() const { return _count; }

    void show(Output& output, bool severalTenants)
    {
        _json.endArray();
        std::vector<std::string> columns = {"table", "row", "what", "expected", "found", "remedy"};
        if (severalTenants)
            columns.insert(columns.begin(), "tenant");
        if (_count > 0)
            output.list(JsonDocument::parse(_json.text())->root(), columns);
        if (_count > namedMax)
            output.note("only the first " + std::to_string(namedMax) +
                        " are shown: set these right first");
    }

private:
    JsonWriter _json;
    std::int64_t _count = 0;
};

/// How many rows were looked at. How many there are would take as long to say.
std::int64_t verifyAll(const ops::Doctor& doctor, store::Database& database,
                       const access::Tenants& tenants, Findings& findings)
{
    const Progress progress("rows verified");
    std::int64_t rows = 0;
    for (const auto& [name, tenant] : tenants.ids()) {
        ops::Doctor::Place place;
        for (bool last = false; !last;) {
            const ops::Doctor::Step step = doctor.step(database, tenant, place);
            for (const ops::Disagreement& each : step.found)
                findings.add(name, each);
            progress.show(rows += step.rows);
            last = step.last;
        }
    }
    return rows;
}

ExitCode verify(Command& command, const Config& config, store::Database& database)
{
    const SystemClock clock;
    IdGenerator ids(clock, 0); // gives none: nothing is written
    const catalog::Listings listings(ids, clock);
    const catalog::Bundles bundles;
    std::vector<spokes::ChannelRules> channels;
    database.read(
        [&](store::Session& session) { channels = spokes::readChannelRules(config, session); });

    access::Tenants tenants(config, database, ids, clock);
    tenants.refresh();

    Findings findings;
    const ops::Doctor doctor(std::move(channels), listings, bundles, clock);
    const std::int64_t rows = verifyAll(doctor, database, tenants, findings);
    findings.show(command.output(), config.severalTenants());
    const std::int64_t count = findings.count();
    command.output().note("verified " + std::to_string(rows) + " rows: " +
                          (count == 0 ? "all agree" : std::to_string(count) + " disagreements"));
    return count == 0 ? ExitCode::Done : ExitCode::Failed;
}

ExitCode doctor(Command& command)
{
    const Config config = command.config();
    command.output().note("configuration: " + config.file + " is good");
    store::Database database(config.database.url, {.statementTimeout = sumMax});
    const SystemClock clock;
    store::Migrator migrator(database, migrationsDirectory(), clock);
    const auto pending = migrator.pending();
    command.output().note("database: version " + std::to_string(migrator.current()) +
                          (pending.empty() ? ", current"
                                           : ", " + std::to_string(pending.size()) +
                                                 " migrations pending: spokehub db migrate"));
    if (!pending.empty())
        return ExitCode::Failed;
    return command.flag("--verify") ? verify(command, config, database) : ExitCode::Done;
}

} // namespace

std::vector<Verb> doctorVerbs()
{
    return {{"doctor",
             "",
             "looks at configuration and database",
             {{"--verify",
               "work everything out again from what it follows from, and name each row that "
               "disagrees; may run beside the hub"}},
             doctor}};
}

} // namespace spokehub::cli
