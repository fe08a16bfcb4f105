#include "store/PostgresValues.h"

#include <charconv>

namespace spokehub::store
{

namespace
{

// Object ids of PostgreSQL's built-in types; they never change.
constexpr Oid boolOid = 16;
constexpr Oid byteaOid = 17;
constexpr Oid nameOid = 19;
constexpr Oid int8Oid = 20;
constexpr Oid int2Oid = 21;
constexpr Oid int4Oid = 23;
constexpr Oid textOid = 25;
constexpr Oid byteaArrayOid = 1001;
constexpr Oid textArrayOid = 1009;
constexpr Oid int8ArrayOid = 1016;
constexpr Oid varcharOid = 1043;

Failure classify(std::string_view state)
{
    const std::string_view group = state.substr(0, 2);
    if (state == "23505" || state == "23P01")
        return Failure::Unique;
    if (group == "23" || state == "P0001")
        return Failure::Check;
    if (state == "40001" || state == "40P01")
        return Failure::Conflict;
    if (state == "53100")
        return Failure::Full;
    if (state == "55P03" || state == "57014" || group == "53") // 53: out of something
        return Failure::Busy;
    if (state == "25006")
        return Failure::ReadOnly;
    if (group == "08" || group == "57")
        return Failure::ConnectionLost;
    if (state == "XX001" || state == "XX002")
        return Failure::Corrupt;
    return Failure::Other;
}

template <class Integer>
Integer bigEndian(const char* data)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value = value << 8 | static_cast<unsigned char>(data[i]);
    return static_cast<Integer>(value);
}

template <class Integer>
void appendBigEndian(std::string& out, Integer value)
{
    for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
        out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xff);
}

Oid typeOf(const Param& param)
{
    return param.type() == Param::Type::Integer ? int8Oid
           : param.type() == Param::Type::Text  ? textOid
                                                : byteaOid;
}

Oid arrayTypeOf(const Param& param)
{
    return param.type() == Param::Type::Integer ? int8ArrayOid
           : param.type() == Param::Type::Text  ? textArrayOid
                                                : byteaArrayOid;
}

[[noreturn]] void wrongType(const PGresult* result, int column, const char* wanted)
{
    throw StoreError(Failure::Other, "",
                     "column " + std::to_string(column) + " (" + PQfname(result, column) +
                         ") is not " + wanted + ": its type has OID " +
                         std::to_string(PQftype(result, column)));
}

} // namespace

std::int64_t PostgresRow::integer(int column) const
{
    const Oid type = PQftype(_result, column);
    if (type != int8Oid && type != int4Oid && type != int2Oid && type != boolOid)
        wrongType(_result, column, "an integer (a sum needs a CAST to BIGINT)");
    if (isNull(column))
        return 0;
    const char* data = PQgetvalue(_result, _row, column);
    if (type == int8Oid)
        return bigEndian<std::int64_t>(data);
    if (type == int4Oid)
        return bigEndian<std::int32_t>(data);
    return type == int2Oid ? bigEndian<std::int16_t>(data) : *data;
}

std::string_view PostgresRow::text(int column) const
{
    const Oid type = PQftype(_result, column);
    if (type != textOid && type != byteaOid && type != varcharOid && type != nameOid)
        wrongType(_result, column, "text or bytes");
    return {PQgetvalue(_result, _row, column),
            static_cast<std::size_t>(PQgetlength(_result, _row, column))};
}

void PostgresParams::set(std::span<const Param> params)
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

void PostgresParams::setOne(std::size_t i, const Param& param)
{
    if (param.isNull()) {
        _values[i] = nullptr;
        _lengths[i] = 0;
    } else if (param.type() == Param::Type::Integer) {
        auto rest = static_cast<std::uint64_t>(param.integer());
        for (auto byte = _integers[i].rbegin(); byte != _integers[i].rend(); ++byte, rest >>= 8)
            *byte = static_cast<char>(rest & 0xff);
        _values[i] = _integers[i].data();
        _lengths[i] = static_cast<int>(_integers[i].size());
    } else {
        _values[i] =
            param.text().data() != nullptr ? param.text().data() : ""; // else it would be NULL
        _lengths[i] = static_cast<int>(param.text().size());
    }
}

void PostgresParams::setColumns(std::span<const Param> values, std::size_t columns)
{
    _values.resize(columns);
    _lengths.resize(columns);
    if (_formats.size() < columns)
        _formats.resize(columns, 1);
    if (_columns.size() < columns)
        _columns.resize(columns);
    for (std::size_t column = 0; column < columns; ++column) {
        std::string& out = _columns[column];
        out.clear();
        appendColumn(out, values, column, columns);
        _values[column] = out.data();
        _lengths[column] = static_cast<int>(out.size());
    }
}

/// As array_recv() of PostgreSQL reads it: dimensions, whether there may be nulls, the type; the
/// length and first index of the one dimension; each value behind its length, -1 for a null.
void PostgresParams::appendColumn(std::string& out, std::span<const Param> values,
                                  std::size_t column, std::size_t columns)
{
    appendBigEndian(out, std::int32_t{1});
    appendBigEndian(out, std::int32_t{1});
    appendBigEndian(out, static_cast<std::int32_t>(typeOf(values[column])));
    appendBigEndian(out, static_cast<std::int32_t>(values.size() / columns));
    appendBigEndian(out, std::int32_t{1});
    for (std::size_t at = column; at < values.size(); at += columns) {
        const Param& param = values[at];
        if (param.isNull()) {
            appendBigEndian(out, std::int32_t{-1});
        } else if (param.type() == Param::Type::Integer) {
            appendBigEndian(out, std::int32_t{8});
            appendBigEndian(out, param.integer());
        } else {
            appendBigEndian(out, static_cast<std::int32_t>(param.text().size()));
            out += param.text();
        }
    }
}

std::vector<Oid> typesOf(std::span<const Param> params)
{
    std::vector<Oid> types;
    for (const Param& param : params)
        types.push_back(typeOf(param));
    return types;
}

std::vector<Oid> arrayTypesOf(std::span<const Param> row)
{
    std::vector<Oid> types;
    for (const Param& param : row)
        types.push_back(arrayTypeOf(param));
    return types;
}

StoreError postgresError(const PGconn* session, const PGresult* result, std::string_view text)
{
    const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string state = field != nullptr ? field : "";
    const bool lost = PQstatus(session) != CONNECTION_OK;
    const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const std::string message =
        primary != nullptr ? primary : withoutLineEnd(PQerrorMessage(session));
    return {lost ? Failure::ConnectionLost : classify(state), state,
            message + (state.empty() ? "" : " (SQLSTATE " + state + ")") +
                " in: " + std::string(text.substr(0, 200))};
}

std::int64_t rowsOf(PGresult* result)
{
    std::int64_t rows = 0;
    const std::string_view count = PQcmdTuples(result);
    std::from_chars(count.data(), count.data() + count.size(), rows);
    return rows;
}

std::string withoutLineEnd(const char* message)
{
    std::string text(message != nullptr ? message : "");
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

} // namespace spokehub::store
