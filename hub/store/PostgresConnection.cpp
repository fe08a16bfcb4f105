#include "store/PostgresConnection.h"

#include "core/Error.h"
#include "core/Log.h"
#include "store/StatementText.h"

#include <Poco/Data/PostgreSQL/SessionHandle.h>
#include <Poco/Exception.h>

#include <libpq-fe.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <unordered_map>

namespace spokehub::store
{

namespace
{

constexpr Oid boolOid = 16;
constexpr Oid byteaOid = 17;
constexpr Oid int8Oid = 20;
constexpr Oid int2Oid = 21;
constexpr Oid int4Oid = 23;
constexpr Oid textOid = 25;

struct ClearResult
{
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

Failure classify(std::string_view state)
{
    const std::string_view group = state.substr(0, 2);
    if (state == "23505" || state == "23P01")
        return Failure::Unique;
    if (group == "23" || state == "P0001")
        return Failure::Check;
    if (state == "40001" || state == "40P01")
        return Failure::Conflict;
    if (state == "55P03" || state == "57014" || state == "53300")
        return Failure::Busy;
    if (state == "53100")
        return Failure::Full;
    if (state == "25006")
        return Failure::ReadOnly;
    if (group == "08" || group == "57")
        return Failure::ConnectionLost;
    if (state == "XX001" || state == "XX002")
        return Failure::Corrupt;
    return Failure::Other;
}

std::string trimmed(const char* message)
{
    std::string text(message != nullptr ? message : "");
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

class PostgresRow final : public Row
{
public:
    PostgresRow(const PGresult* result, int row) : _result(result), _row(row) {}

    bool isNull(int column) const override { return PQgetisnull(_result, _row, column) != 0; }

    std::int64_t integer(int column) const override
    {
        switch (PQftype(_result, column))
        {
        case int8Oid:
            return isNull(column) ? 0 : number<std::int64_t>(column);
        case int4Oid:
            return isNull(column) ? 0 : number<std::int32_t>(column);
        case int2Oid:
            return isNull(column) ? 0 : number<std::int16_t>(column);
        case boolOid:
            return isNull(column) ? 0 : *PQgetvalue(_result, _row, column) != 0;
        default:
            wrongType(column, "an integer (CAST a sum to BIGINT)");
        }
    }

    std::string_view text(int column) const override
    {
        const Oid type = PQftype(_result, column);
        constexpr Oid nameOid = 19;
        constexpr Oid varcharOid = 1043;
        if (type != textOid && type != byteaOid && type != varcharOid && type != nameOid)
            wrongType(column, "text or bytes");
        return {PQgetvalue(_result, _row, column),
                static_cast<std::size_t>(PQgetlength(_result, _row, column))};
    }

private:
    template <class Integer>
    Integer number(int column) const
    {
        const auto* bytes = reinterpret_cast<const unsigned char*>(PQgetvalue(_result, _row, column));
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(Integer); ++i)
            value = value << 8 | bytes[i];
        return static_cast<Integer>(value);
    }

    [[noreturn]] void wrongType(int column, const char* wanted) const
    {
        throw StoreError(Failure::Other, "",
                         "column " + std::to_string(column) + " (" + PQfname(_result, column) + ") is not " +
                             wanted + ": its type has OID " + std::to_string(PQftype(_result, column)));
    }

    const PGresult* _result;
    int _row;
};

/// Parameters as libpq wants them, all in binary. The arrays are kept for the next statement.
class BinaryParams
{
public:
    void set(std::span<const Param> params)
    {
        const std::size_t count = params.size();
        _values.resize(count);
        _lengths.resize(count);
        _integers.resize(count);
        if (_formats.size() < count)
            _formats.resize(count, 1);
        for (std::size_t i = 0; i < count; ++i)
            setOne(i, params[i]);
    }

    const char* const* values() const { return _values.data(); }
    const int* lengths() const { return _lengths.data(); }
    const int* formats() const { return _formats.data(); }

private:
    void setOne(std::size_t i, const Param& param)
    {
        if (param.isNull())
        {
            _values[i] = nullptr;
            _lengths[i] = 0;
        }
        else if (param.type() == Param::Type::Integer)
        {
            auto rest = static_cast<std::uint64_t>(param.integer());
            for (auto byte = _integers[i].rbegin(); byte != _integers[i].rend(); ++byte, rest >>= 8)
                *byte = static_cast<char>(rest & 0xff);
            _values[i] = _integers[i].data();
            _lengths[i] = static_cast<int>(_integers[i].size());
        }
        else
        {
            _values[i] = param.text().data() != nullptr ? param.text().data() : ""; // else it would be NULL
            _lengths[i] = static_cast<int>(param.text().size());
        }
    }

    std::vector<const char*> _values;
    std::vector<int> _lengths;
    std::vector<int> _formats;
    std::vector<std::array<char, 8>> _integers;
};

std::vector<Oid> typesOf(std::span<const Param> params)
{
    std::vector<Oid> types;
    types.reserve(params.size());
    for (const Param& param : params)
        types.push_back(param.type() == Param::Type::Integer ? int8Oid
                        : param.type() == Param::Type::Text  ? textOid
                                                             : byteaOid);
    return types;
}

/// One prepared form of a statement: PostgreSQL fixes the types and the number of tuples.
struct Prepared
{
    std::size_t rows;
    std::string types;
    std::string name;

    bool fits(std::size_t wantedRows, std::span<const Param> params) const
    {
        if (rows != wantedRows || types.size() != params.size())
            return false;
        for (std::size_t i = 0; i < params.size(); ++i)
            if (types[i] != static_cast<char>(params[i].type()))
                return false;
        return true;
    }
};

class PostgresConnection final : public Connection
{
public:
    PostgresConnection(const std::string& conninfo, const PostgresOptions& options)
    {
        // Poco's Session cuts its connection string at spaces, which passwords may hold; its handle does not.
        _handle.connect(conninfo);
        _pg = _handle;
        PQsetNoticeProcessor(
            _pg, [](void*, const char* message) { Log::debug(trimmed(message)); }, nullptr);
        runText("SET statement_timeout = " + std::to_string(options.statementTimeout.count()), {}, nullptr);
        if (options.readOnly)
            runText("SET default_transaction_read_only = on", {}, nullptr);
    }

    Engine engine() const override { return Engine::Postgres; }

    std::int64_t run(const Sql& sql, std::span<const Param> params, const RowVisitor* visit) override
    {
        return runPrepared(sql, 0, params.size(), params, visit);
    }

    std::int64_t runRows(const Sql& sql, const RowSet& rows, const RowVisitor* visit) override
    {
        std::int64_t changed = 0;
        auto rest = rows.values();
        while (!rest.empty())
        {
            const std::size_t chunk = chunkOf(rest.size() / rows.columns());
            const std::size_t taken = chunk * rows.columns();
            changed += runPrepared(sql, chunk, rows.columns(), rest.first(taken), visit);
            rest = rest.subspan(taken);
        }
        return changed;
    }

    std::int64_t runText(const std::string& sql, std::span<const Param> params,
                         const RowVisitor* visit) override
    {
        const std::string text = statementText(sql, Engine::Postgres);
        if (params.empty() && visit == nullptr)
            return finish(ResultPtr(PQexec(_pg, text.c_str())), text, nullptr);
        refuseNul(params);
        _params.set(params);
        return finish(ResultPtr(PQexecParams(_pg, text.c_str(), static_cast<int>(params.size()),
                                             typesOf(params).data(), _params.values(), _params.lengths(),
                                             _params.formats(), 1)),
                      text, visit);
    }

    void begin(bool readOnly) override
    {
        runText(readOnly ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN", {}, nullptr);
    }

    void commit() override
    {
        const ResultPtr result(PQexec(_pg, "COMMIT"));
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        {
            const StoreError error = errorOf(result.get(), "COMMIT");
            if (!error.breaksSession())
                throw error;
            _broken = true;
            throw StoreError(Failure::UnknownOutcome, error.code(), error.what());
        }
        if (std::string_view(PQcmdStatus(result.get())) != "COMMIT")
            throw StoreError(Failure::Other, "25P02",
                             "the transaction had failed before its COMMIT and was rolled back");
    }

    void rollback() noexcept override
    {
        const auto status = PQtransactionStatus(_pg);
        if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
            const ResultPtr result(PQexec(_pg, "ROLLBACK"));
        if (PQtransactionStatus(_pg) != PQTRANS_IDLE)
            _broken = true;
    }

    bool broken() const override { return _broken || PQstatus(_pg) != CONNECTION_OK; }

private:
    static std::size_t chunkOf(std::size_t rows)
    {
        for (const std::size_t chunk : {256, 64, 16, 4})
            if (rows >= chunk)
                return chunk;
        return 1;
    }

    std::int64_t runPrepared(const Sql& sql, std::size_t rows, std::size_t columns,
                             std::span<const Param> params, const RowVisitor* visit)
    {
        refuseNul(params);
        const std::string& name = prepared(sql, rows, columns, params);
        _params.set(params);
        return finish(ResultPtr(PQexecPrepared(_pg, name.c_str(), static_cast<int>(params.size()),
                                               _params.values(), _params.lengths(), _params.formats(), 1)),
                      sql.text, visit);
    }

    const std::string& prepared(const Sql& sql, std::size_t rows, std::size_t columns,
                                std::span<const Param> params)
    {
        std::vector<Prepared>& forms = _prepared[sql.text];
        for (const Prepared& form : forms)
            if (form.fits(rows, params))
                return form.name;

        Prepared form{rows, {}, "s" + std::to_string(++_names)};
        for (const Param& param : params)
            form.types += static_cast<char>(param.type());
        const std::string text = statementText(sql.text, Engine::Postgres, rows, columns);
        finish(ResultPtr(PQprepare(_pg, form.name.c_str(), text.c_str(), static_cast<int>(params.size()),
                                   typesOf(params).data())),
               sql.text, nullptr);
        return forms.emplace_back(std::move(form)).name;
    }

    std::int64_t finish(const ResultPtr& result, std::string_view text, const RowVisitor* visit)
    {
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
        {
            const StoreError error = errorOf(result.get(), text);
            _broken = _broken || error.breaksSession();
            throw error;
        }
        if (visit != nullptr)
            for (int row = 0, rows = PQntuples(result.get()); row < rows; ++row)
                (*visit)(PostgresRow(result.get(), row));
        std::int64_t changed = 0;
        const std::string_view count = PQcmdTuples(result.get());
        std::from_chars(count.data(), count.data() + count.size(), changed);
        return changed;
    }

    StoreError errorOf(const PGresult* result, std::string_view text) const
    {
        const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const std::string state = field != nullptr ? field : "";
        const bool lost = PQstatus(_pg) != CONNECTION_OK;
        const Failure failure = lost ? Failure::ConnectionLost : classify(state);
        const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        const std::string message =
            primary != nullptr ? std::string(primary) : trimmed(PQerrorMessage(_pg));
        return {failure, state,
                message + (state.empty() ? "" : " (SQLSTATE " + state + ")") +
                    " in: " + std::string(text.substr(0, 200))};
    }

    Poco::Data::PostgreSQL::SessionHandle _handle;
    PGconn* _pg = nullptr;
    BinaryParams _params;
    std::unordered_map<const char*, std::vector<Prepared>> _prepared; // by the address of their text
    std::uint64_t _names = 0;
    bool _broken = false;
};

std::string quoted(std::string_view value)
{
    std::string out = "'";
    for (const char c : value)
    {
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
    const std::string reason = trimmed(why);
    PQfreemem(why);
    if (parsed == nullptr)
        throw Error(Refusal::BadRequest,
                    "database.url is not a PostgreSQL URL (" + reason +
                        "); it reads postgresql://user[:password]@host:port/database");

    std::string given;
    std::string options = "-c timezone=UTC";
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option)
    {
        if (option->val == nullptr)
            continue;
        if (std::string_view(option->keyword) == "options")
            options += std::string(" ") + option->val;
        else
            given += std::string(" ") + option->keyword + "=" + quoted(option->val);
    }
    // A server that went away without a word is noticed within half a minute. The last value of a name counts.
    return "application_name='spokehub' connect_timeout='5' keepalives_idle='10' keepalives_interval='5'"
           " keepalives_count='3' tcp_user_timeout='20000'" +
           given + " client_encoding='UTF8' options=" + quoted(options);
}

std::unique_ptr<Connection> openPostgres(const std::string& conninfo, const PostgresOptions& options)
{
    try
    {
        return std::make_unique<PostgresConnection>(conninfo, options);
    }
    catch (const Poco::Exception& error)
    {
        throw StoreError(Failure::ConnectionLost, "",
                         "cannot connect to PostgreSQL: " + trimmed(error.message().c_str()));
    }
}

} // namespace spokehub::store
