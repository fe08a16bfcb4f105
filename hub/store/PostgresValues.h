#pragma once

#include "store/Statement.h"
#include "store/StoreError.h"

#include <libpq-fe.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::store
{

struct ClearResult
{
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

/// A row of an answer in binary.
class PostgresRow final : public Row
{
public:
    PostgresRow(const PGresult* result, int row) : _result(result), _row(row) {}

    bool isNull(int column) const override { return PQgetisnull(_result, _row, column) != 0; }
    std::int64_t integer(int column) const override;
    std::string_view text(int column) const override;

private:
    const PGresult* _result;
    int _row;
};

/// Parameters as libpq wants them, all in binary. The arrays are kept for the next statement.
class PostgresParams
{
public:
    void set(std::span<const Param> params);

    /// The rows that stand one behind the other in `values`, as an array for each column.
    void setColumns(std::span<const Param> values, std::size_t columns);

    int count() const { return static_cast<int>(_values.size()); }
    const char* const* values() const { return _values.data(); }
    const int* lengths() const { return _lengths.data(); }
    const int* formats() const { return _formats.data(); }

private:
    void setOne(std::size_t i, const Param& param);
    static void appendColumn(std::string& out, std::span<const Param> values, std::size_t column,
                             std::size_t columns);

    std::vector<const char*> _values;
    std::vector<int> _lengths;
    std::vector<int> _formats;
    std::vector<std::array<char, 8>> _integers;
    std::vector<std::string> _columns;
};

std::vector<Oid> typesOf(std::span<const Param> params);
std::vector<Oid> arrayTypesOf(std::span<const Param> row);

/// What went wrong on a session; `result` may be null, then the session itself says it.
StoreError postgresError(const PGconn* session, const PGresult* result, std::string_view text);

/// How many rows a command says it changed or answered.
std::int64_t rowsOf(PGresult* result);

/// libpq ends its sentences with a line break.
std::string withoutLineEnd(const char* message);

} // namespace spokehub::store
