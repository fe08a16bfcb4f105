#include "store/StatementText.h"

#include "store/StoreError.h"

#include <cctype>
#include <cstring>

namespace spokehub::store
{

namespace
{

[[noreturn]] void mistake(std::string_view text, const std::string& what)
{
    throw StoreError(Failure::Other, "",
                     what + " in the statement: " + std::string(text.substr(0, 200)));
}

bool isDigit(char c)
{
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

class Renderer
{
public:
    Renderer(std::string_view whole, Engine engine, std::size_t columns)
        : _whole(whole), _engine(engine), _columns(columns)
    {
    }

    std::string render()
    {
        _out.reserve(_whole.size() + _columns * 16);
        append(_whole);
        return std::move(_out);
    }

private:
    void append(std::string_view text)
    {
        for (std::size_t at = 0; at < text.size();) {
            if (const std::size_t end = skip(text, at); end != at) {
                _out.append(text, at, end - at);
                at = end;
            } else if (text[at] == '{') {
                const std::size_t close = markerEnd(text, at);
                marker(text.substr(at + 1, close - at - 1));
                at = close + 1;
            } else {
                const bool parameter =
                    text[at] == '$' && at + 1 < text.size() && isDigit(text[at + 1]);
                _out += parameter && _engine == Engine::Sqlite ? '?' : text[at];
                ++at;
            }
        }
    }

    /// Where the quoted text or comment that begins at `at` ends; `at` when none begins there.
    std::size_t skip(std::string_view text, std::size_t at) const
    {
        if (text[at] == '\'' || text[at] == '"') {
            const std::size_t end = text.find(text[at], at + 1);
            if (end == std::string_view::npos)
                mistake(_whole, "a quote without its end");
            return end + 1;
        }
        if (text.substr(at, 2) == "--")
            return std::min(text.find('\n', at), text.size());
        return at;
    }

    std::size_t markerEnd(std::string_view text, std::size_t at) const
    {
        int depth = 0;
        while (at < text.size()) {
            if (const std::size_t end = skip(text, at); end != at) {
                at = end;
                continue;
            }
            depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
            if (depth == 0)
                return at;
            ++at;
        }
        mistake(_whole, "a '{' without its '}'");
    }

    void marker(std::string_view name)
    {
        const bool sqlite = _engine == Engine::Sqlite;
        constexpr std::string_view forSqlite = "sqlite:";
        constexpr std::string_view forPostgres = "postgres:";
        if (name == "rows")
            rows();
        else if (name == "from_rows")
            fromRows();
        else if (name == "each_row")
            eachRow();
        else if (!name.empty() && isDigit(name.front()))
            column(name);
        else if (name == "lock")
            _out += sqlite ? "" : "FOR UPDATE";
        else if (name == "skip_locked")
            _out += sqlite ? "" : "FOR UPDATE SKIP LOCKED";
        else if (name == "bytes")
            _out += sqlite ? "BLOB" : "BYTEA";
        else if (name.starts_with(forSqlite))
            append(sqlite ? name.substr(forSqlite.size()) : std::string_view{});
        else if (name.starts_with(forPostgres))
            append(sqlite ? std::string_view{} : name.substr(forPostgres.size()));
        else
            mistake(_whole, "unknown marker {" + std::string(name) + "}");
    }

    /// Functions in the list of a SELECT go on side by side, row by row. In its FROM each would
    /// first fill a store of its own, which takes longer than most inserts.
    void rows()
    {
        needRows("rows");
        if (_engine == Engine::Sqlite)
            _out += "VALUES (" + list([](const std::string& n) { return "?" + n; }) + ")";
        else
            _out += "SELECT " +
                    list([](const std::string& n) { return "unnest($" + n + ") AS column" + n; });
    }

    /// On SQLite, where the statement runs once for each row, the parameters are the row: a join
    /// with it would make a table for it each time.
    void fromRows()
    {
        needRows("from_rows");
        if (_engine == Engine::Sqlite)
            return;
        _out += "FROM (";
        rows();
        _out += ") AS v";
    }

    void eachRow()
    {
        needRows("each_row");
        if (_engine == Engine::Sqlite)
            return;
        _out += "(";
        rows();
        _out += ") AS v CROSS JOIN";
    }

    void column(std::string_view number)
    {
        needRows(number);
        (_out += _engine == Engine::Sqlite ? "?" : "v.column") += number;
    }

    void needRows(std::string_view marker) const
    {
        if (_columns == 0)
            mistake(_whole, "{" + std::string(marker) + "} without a row set");
    }

    /// What `word` says for each column, with commas between.
    template <class Word>
    std::string list(const Word& word) const
    {
        std::string text;
        for (std::size_t column = 1; column <= _columns; ++column)
            text += (column > 1 ? "," : "") + word(std::to_string(column));
        return text;
    }

    std::string_view _whole;
    Engine _engine;
    std::size_t _columns;
    std::string _out;
};

} // namespace

std::string statementText(std::string_view text, Engine engine, std::size_t columns)
{
    return Renderer(text, engine, columns).render();
}

void refuseNul(std::span<const Param> params)
{
    for (std::size_t i = 0; i < params.size(); ++i) {
        const std::string_view text = params[i].text();
        if (params[i].type() == Param::Type::Text && !text.empty() &&
            std::memchr(text.data(), '\0', text.size()) != nullptr)
            throw StoreError(Failure::Other, "22021",
                             "parameter " + std::to_string(i + 1) +
                                 " is text with a NUL character, which the database cannot keep; "
                                 "store it as bytes or refuse it at the edge");
    }
}

void RowSet::add(Params row)
{
    if (row.size() != _columns)
        throw StoreError(Failure::Other, "",
                         "a row of " + std::to_string(row.size()) + " values for a set of " +
                             std::to_string(_columns) + " columns");
    if (!_values.empty())
        for (std::size_t i = 0; i < _columns; ++i)
            if (row.begin()[i].type() != _values[i].type())
                throw StoreError(Failure::Other, "",
                                 "column " + std::to_string(i + 1) +
                                     " of a row set has another type than in its first row");
    _values.insert(_values.end(), row.begin(), row.end());
}

} // namespace spokehub::store
