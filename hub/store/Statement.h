#pragma once

#include "core/Clock.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::store
{

enum class Engine
{
    Sqlite,
    Postgres
};

/// One SQL text for both engines, a constant at the top of its owner's source: numbered `$1`
/// parameters whose first uses ascend, `ON CONFLICT`, `RETURNING`. Markers: `{rows}` (a query for
/// the rows of a RowSet, its columns named column1, column2 …), `{from_rows}` with `{1}`, `{2}` …
/// (in an UPDATE: the rows and their columns), `{each_row}` with the same (before the first table
/// of a SELECT: it is looked into for each row), `{lock}` (FOR UPDATE or nothing; rows cannot be
/// locked: beside them `{postgres:FOR UPDATE OF …}`), `{skip_locked}`, `{bytes}`, and blocks for
/// one engine, `{sqlite:…}` and `{postgres:…}`. Prepared once per session, by its address.
struct Sql
{
    const char* text;
};

/// Bytes that may hold anything (BLOB, BYTEA).
struct Bytes
{
    std::string_view data;
};

/// A parameter. It has a type even when it is null. Text and bytes are borrowed until the call
/// returns.
class Param
{
public:
    enum class Type : char
    {
        Integer = 'i',
        Text = 't',
        Bytes = 'b'
    };

    Param(std::int64_t value) : _type(Type::Integer), _integer(value) {}
    Param(int value) : Param(std::int64_t{value}) {}
    Param(bool value) : Param(std::int64_t{value ? 1 : 0}) {}
    Param(Time value) : Param(value.micros) {}
    Param(std::string_view value) : _type(Type::Text), _text(value) {}
    Param(const std::string& value) : Param(std::string_view(value)) {}
    Param(const char* value) : Param(std::string_view(value)) {}
    Param(Bytes value) : _type(Type::Bytes), _text(value.data) {}
    Param(const std::optional<std::int64_t>& value)
        : _type(Type::Integer), _null(!value), _integer(value.value_or(0))
    {
    }
    Param(const std::optional<Time>& value)
        : _type(Type::Integer), _null(!value), _integer(value.value_or(Time{}).micros)
    {
    }
    Param(const std::optional<std::string>& value)
        : _type(Type::Text), _null(!value),
          _text(value ? std::string_view(*value) : std::string_view{})
    {
    }

    Type type() const { return _type; }
    bool isNull() const { return _null; }
    std::int64_t integer() const { return _integer; }
    std::string_view text() const { return _text; }

private:
    Type _type;
    bool _null = false;
    std::int64_t _integer = 0;
    std::string_view _text;
};

using Params = std::initializer_list<Param>;

/// The tuples of a set statement. Borrows text as Param does; `keep` owns what has no other owner.
class RowSet
{
public:
    explicit RowSet(std::size_t columns) : _columns(columns) {}

    void add(Params row); // exactly `columns` values
    std::string_view keep(std::string text) { return _kept.emplace_back(std::move(text)); }

    std::size_t columns() const { return _columns; }
    std::size_t rows() const { return _values.size() / _columns; }
    bool empty() const { return _values.empty(); }
    std::span<const Param> values() const { return _values; }
    void reserve(std::size_t rows) { _values.reserve(rows * _columns); }

private:
    std::size_t _columns;
    std::vector<Param> _values;
    std::deque<std::string> _kept;
};

/// A row of an answer, valid inside the visit only. Columns count from 0. A null integer reads as 0
/// and a null text as empty: ask isNull where that matters.
class Row
{
public:
    virtual bool isNull(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual std::string_view text(int column) const = 0; // bytes too

    std::string string(int column) const { return std::string(text(column)); }
    bool boolean(int column) const { return integer(column) != 0; }
    Time time(int column) const { return {integer(column)}; }
    std::optional<std::int64_t> maybeInteger(int column) const
    {
        return isNull(column) ? std::nullopt : std::optional(integer(column));
    }
    std::optional<Time> maybeTime(int column) const
    {
        return isNull(column) ? std::nullopt : std::optional(time(column));
    }
    std::optional<std::string> maybeString(int column) const
    {
        return isNull(column) ? std::nullopt : std::optional(string(column));
    }

protected:
    ~Row() = default;
};

using RowVisitor = std::function<void(const Row&)>;

} // namespace spokehub::store
