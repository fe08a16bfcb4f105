#include "store/PostgresConnection.h"

#include "core/Error.h"
#include "core/Log.h"
#include "store/PostgresPipeline.h"
#include "store/StatementText.h"
#include "store/Wall.h"

#include <Poco/Data/PostgreSQL/SessionHandle.h>
#include <Poco/Exception.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace spokehub::store
{

namespace
{

// Their addresses outlive every answer.
constexpr const char* beginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr const char* beginWrite = "BEGIN";
constexpr const char* commitText = "COMMIT";
constexpr const char* serveText = "SELECT set_config('spokehub.tenants', $1, false)";

// A hub that hangs in the middle of a transaction must not keep its locks from the others.
constexpr const char* silenceMax = "10s";

// The hub's statements begin with what is asked for and reach each table by a key, in the order in
// which they are written. The planner is held to that: over tables it has no statistics of yet (new
// ones, restored ones) it takes another order, and keeps the plan while the tables grow. A bitmap
// reads all that fits before the first row, and a lane claims the first few of many tasks.
constexpr const char* planSettings =
    "SET join_collapse_limit = 1; SET from_collapse_limit = 1; SET enable_seqscan = off; "
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off";

constexpr std::size_t rowsMax = 2048; // in one statement

/// One prepared form of a statement: PostgreSQL fixes the types.
struct Prepared
{
    std::string types;
    std::string name;

    bool fits(std::span<const Param> params) const
    {
        if (types.size() != params.size())
            return false;
        for (std::size_t i = 0; i < params.size(); ++i)
            if (types[i] != static_cast<char>(params[i].type()))
                return false;
        return true;
    }
};

/// A Poco session's handle. Not the Session itself, which cuts its connection string at spaces, and
/// passwords may hold some. The handle frees a connection only while it works: one that failed or
/// broke is freed here.
class PostgresHandle
{
public:
    explicit PostgresHandle(const std::string& conninfo)
    {
        try {
            _handle->connect(conninfo);
        } catch (...) {
            close();
            throw;
        }
    }
    ~PostgresHandle() { close(); }
    PostgresHandle(const PostgresHandle&) = delete;
    PostgresHandle& operator=(const PostgresHandle&) = delete;

    PGconn* native() const { return *_handle; }

private:
    void close() noexcept
    {
        PGconn* connection = native();
        const bool works = PQstatus(connection) == CONNECTION_OK;
        _handle.reset();
        if (!works)
            PQfinish(connection);
    }

    std::unique_ptr<Poco::Data::PostgreSQL::SessionHandle> _handle =
        std::make_unique<Poco::Data::PostgreSQL::SessionHandle>();
};

class PostgresConnection final : public Connection
{
public:
    PostgresConnection(const std::string& conninfo, const PostgresOptions& options)
        : _handle(conninfo), _walled(options.walled)
    {
        PQsetNoticeProcessor(
            _handle.native(),
            [](void*, const char* message) { Log::debug(withoutLineEnd(message)); }, nullptr);
        _pipeline.emplace(_handle.native(), [this](const char* text, const std::string& name) {
            forget(text, name);
        });
        std::string settings = std::string(planSettings) + "; SET statement_timeout = " +
                               std::to_string(options.statementTimeout.count()) +
                               "; SET idle_in_transaction_session_timeout = '" + silenceMax + "'";
        if (options.walled)
            settings += std::string("; SET ROLE ") + Wall::role;
        if (options.readOnly)
            settings += "; SET default_transaction_read_only = on";
        _pipeline->exec(settings);
    }

    Engine engine() const override { return Engine::Postgres; }

    std::int64_t run(const Sql& sql, std::span<const Param> params,
                     const RowVisitor* visit) override
    {
        send(sql, params, true);
        return finish(visit);
    }

    std::int64_t runRows(const Sql& sql, const RowSet& rows, const RowVisitor* visit) override
    {
        sendRows(sql, rows, true);
        return finish(visit);
    }

    void write(const Sql& sql, std::span<const Param> params) override { send(sql, params, false); }

    void writeRows(const Sql& sql, const RowSet& rows) override { sendRows(sql, rows, false); }

    std::int64_t runText(const std::string& sql, std::span<const Param> params,
                         const RowVisitor* visit) override
    {
        const std::string text = statementText(sql, Engine::Postgres);
        if (params.empty() && visit == nullptr)
            return rowsOf(_pipeline->exec(text).get());
        refuseNul(params);
        _params.set(params);
        _pipeline->sendText(text, _params, typesOf(params), true);
        return finish(visit);
    }

    /// Goes out with the first statement. A server that left while nobody spoke has said so
    /// already: found now, it is a lost connection; found at the COMMIT, it would be an unknown
    /// outcome.
    void begin(bool readOnly) override
    {
        _pipeline->mustBeAlive();
        _pipeline->sendText(readOnly ? beginRead : beginWrite, {}, {}, false);
        _open = true;
    }

    /// Goes out with what follows; who is served already is not told again.
    void serve(std::string_view tenants) override
    {
        if (!_walled || _served == tenants)
            return;
        const std::string owned(tenants);
        const Param text(owned);
        PostgresParams params;
        params.set({&text, 1});
        _pipeline->sendText(serveText, params, typesOf({&text, 1}), false);
        _served = owned;
    }

    void commit() override
    {
        std::vector<ResultPtr> answers;
        try {
            _pipeline->sendText(commitText, {}, {}, true);
            answers = settled();
        } catch (const StoreError& error) {
            if (!broken())
                throw;
            throw StoreError(Failure::UnknownOutcome, error.code(), error.what());
        }
        _open = false;
        if (std::string_view(PQcmdStatus(answers.back().get())) != commitText)
            throw StoreError(Failure::Other, "25P02",
                             "the transaction had failed before its COMMIT and was rolled back");
    }

    void rollback() noexcept override
    {
        if (!_open)
            return;
        _pipeline->rollback();
        _open = false;
        _served.reset(); // what was said in the transaction is undone with it
    }

    bool broken() const override { return _pipeline->broken(); }

private:
    /// A failure undoes what was said with the statement.
    std::vector<ResultPtr> settled()
    {
        try {
            return _pipeline->settle();
        } catch (...) {
            _served.reset();
            throw;
        }
    }

    void send(const Sql& sql, std::span<const Param> params, bool wanted)
    {
        refuseNul(params);
        const std::string& name = prepared(sql, params, 0);
        _params.set(params);
        _pipeline->send(sql.text, name, _params, wanted);
    }

    void sendRows(const Sql& sql, const RowSet& rows, bool wanted)
    {
        refuseNul(rows.values());
        const std::size_t columns = rows.columns();
        for (auto rest = rows.values(); !rest.empty();) {
            const auto part = rest.first(std::min(rest.size(), rowsMax * columns));
            const std::string& name = prepared(sql, part.first(columns), columns);
            _params.setColumns(part, columns);
            _pipeline->send(sql.text, name, _params, wanted);
            rest = rest.subspan(part.size());
        }
    }

    /// `columns`: of a statement for rows, whose parameters are arrays; else 0.
    const std::string& prepared(const Sql& sql, std::span<const Param> params, std::size_t columns)
    {
        std::vector<Prepared>& forms = _prepared[sql.text];
        for (const Prepared& form : forms)
            if (form.fits(params))
                return form.name;

        Prepared form{{}, "s" + std::to_string(++_names)};
        for (const Param& param : params)
            form.types += static_cast<char>(param.type());
        _pipeline->prepare(sql.text, form.name, statementText(sql.text, Engine::Postgres, columns),
                           columns > 0 ? arrayTypesOf(params) : typesOf(params));
        return forms.emplace_back(std::move(form)).name;
    }

    void forget(const char* text, const std::string& name)
    {
        std::erase_if(_prepared[text], [&](const Prepared& form) { return form.name == name; });
    }

    std::int64_t finish(const RowVisitor* visit)
    {
        std::int64_t changed = 0;
        for (const ResultPtr& answer : settled()) {
            changed += rowsOf(answer.get());
            if (visit != nullptr)
                for (int row = 0, rows = PQntuples(answer.get()); row < rows; ++row)
                    (*visit)(PostgresRow(answer.get(), row));
        }
        return changed;
    }

    PostgresHandle _handle;
    std::optional<PostgresPipeline> _pipeline;
    PostgresParams _params;
    std::unordered_map<const char*, std::vector<Prepared>>
        _prepared; // by the address of their text
    std::uint64_t _names = 0;
    const bool _walled;
    std::optional<std::string> _served; // whom the session serves, as far as it was told
    bool _open = false; // a BEGIN was sent, and neither COMMIT nor ROLLBACK has ended it
};

std::string quoted(std::string_view value)
{
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "'";
}

} // namespace

std::string postgresConninfo(const std::string& url)
{
    struct FreeOptions
    {
        void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
    };
    char* why = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> parsed(PQconninfoParse(url.c_str(), &why));
    const std::string reason = withoutLineEnd(why);
    PQfreemem(why);
    if (parsed == nullptr)
        throw Error(Refusal::BadRequest,
                    "database.url is not a PostgreSQL URL (" + reason +
                        "); it reads postgresql://user[:password]@host:port/database");

    std::string given;
    std::string options = "-c timezone=UTC";
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr)
            continue;
        if (std::string_view(option->keyword) == "options")
            options += std::string(" ") + option->val;
        else
            given += std::string(" ") + option->keyword + "=" + quoted(option->val);
    }
    // A server that went away without a word is noticed within half a minute. The last value of a
    // name counts.
    return "application_name='spokehub' connect_timeout='5' keepalives_idle='10' "
           "keepalives_interval='5'"
           " keepalives_count='3' tcp_user_timeout='20000'" +
           given + " client_encoding='UTF8' options=" + quoted(options);
}

bool postgresIsAway(const std::string& conninfo)
{
    const PGPing answer = PQping(conninfo.c_str());
    return answer == PQPING_NO_RESPONSE || answer == PQPING_REJECT;
}

std::unique_ptr<Connection> openPostgres(const std::string& conninfo,
                                         const PostgresOptions& options)
{
    try {
        return std::make_unique<PostgresConnection>(conninfo, options);
    } catch (const Poco::Exception& error) {
        throw StoreError(Failure::ConnectionLost, "",
                         "cannot connect to PostgreSQL: " +
                             withoutLineEnd(error.message().c_str()));
    }
}

} // namespace spokehub::store
