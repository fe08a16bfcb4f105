#include "store/Session.h"

#include "store/Connection.h"

namespace spokehub::store
{

namespace
{

constexpr std::size_t textsMax = 64; // kept prepared by one session

std::span<const Param> spanOf(Params params)
{
    return {params.begin(), params.size()};
}

} // namespace

std::int64_t Connection::runKept(const std::string& sql, std::span<const Param> params,
                                 const RowVisitor* visit)
{
    auto text = _texts.find(sql);
    if (text == _texts.end() && _texts.size() < textsMax)
        text = _texts.insert(sql).first;
    return text == _texts.end() ? runText(sql, params, visit)
                                : run(Sql{text->c_str()}, params, visit);
}

Engine Session::engine() const
{
    return _connection.engine();
}

void Session::query(const Sql& sql, Params params, const RowVisitor& visit)
{
    _connection.run(sql, spanOf(params), &visit);
    _answered = true;
}

void Session::queryRows(const Sql& sql, const RowSet& rows, const RowVisitor& visit)
{
    if (rows.empty())
        return;
    _connection.runRows(sql, rows, &visit);
    _answered = true;
}

void Session::queryText(const std::string& sql, std::span<const Param> params,
                        const RowVisitor& visit)
{
    _connection.runKept(sql, params, &visit);
    _answered = true;
}

std::int64_t Tx::execute(const Sql& sql, Params params)
{
    return _connection.run(sql, spanOf(params), nullptr);
}

std::int64_t Tx::executeRows(const Sql& sql, const RowSet& rows)
{
    return rows.empty() ? 0 : _connection.runRows(sql, rows, nullptr);
}

void Tx::write(const Sql& sql, Params params)
{
    _connection.write(sql, spanOf(params));
}

void Tx::writeRows(const Sql& sql, const RowSet& rows)
{
    if (!rows.empty())
        _connection.writeRows(sql, rows);
}

void Tx::did(const std::shared_ptr<const Deed>& deed, std::span<const Difference> differences)
{
    if (differences.empty())
        _done.push_back({deed, deed->subject, "{}"});
    for (const Difference& each : differences)
        _done.push_back(
            {deed, each.subject().empty() ? deed->subject : each.subject(), each.json()});
}

} // namespace spokehub::store
