#include "store/PostgresPipeline.h"

#include <optional>

namespace spokehub::store
{

namespace
{

constexpr int binary = 1;
constexpr const char* rollbackText = "ROLLBACK";

bool succeeded(const PGresult* result)
{
    const auto status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

} // namespace

PostgresPipeline::PostgresPipeline(PGconn* session, Forget forget)
    : _session(session), _forget(std::move(forget))
{
    PQenterPipelineMode(_session);
}

void PostgresPipeline::prepare(const char* key, const std::string& name, const std::string& text,
                               const std::vector<Oid>& types)
{
    mustHaveSent(PQsendPrepare(_session, name.c_str(), text.c_str(), static_cast<int>(types.size()),
                               types.data()),
                 key);
    _sent.push_back({Kind::Prepare, false, false, key, name});
}

void PostgresPipeline::send(const char* key, const std::string& name, const PostgresParams& params,
                            bool wanted)
{
    mustHaveSent(PQsendQueryPrepared(_session, name.c_str(), params.count(), params.values(),
                                     params.lengths(), params.formats(), binary),
                 key);
    _sent.push_back({Kind::Statement, wanted, false, key, {}});
}

void PostgresPipeline::sendText(std::string_view text, const PostgresParams& params,
                                const std::vector<Oid>& types, bool wanted)
{
    mustHaveSent(PQsendQueryParams(_session, std::string(text).c_str(), params.count(),
                                   types.data(), params.values(), params.lengths(),
                                   params.formats(), binary),
                 text);
    _sent.push_back({Kind::Statement, wanted, false, text, {}});
}

std::vector<ResultPtr> PostgresPipeline::settle()
{
    if (!synced())
        sync();
    std::vector<ResultPtr> wanted;
    std::optional<StoreError> failure;
    for (const Sent& sent : _sent) {
        ResultPtr result = receive(sent);
        if (sent.kind == Kind::Sync)
            continue;
        if (succeeded(result.get())) {
            if (sent.wanted)
                wanted.push_back(std::move(result));
            continue;
        }
        if (sent.kind == Kind::Prepare)
            _forget(sent.text.data(), sent.name);
        if (!failure && !sent.forgiven)
            failure = postgresError(_session, result.get(), sent.text);
    }
    _sent.clear();
    if (!failure)
        return wanted;
    _broken = _broken || failure->breaksSession();
    throw *std::move(failure);
}

/// The answer to one thing that was sent; behind every answer but a sync's stands an end mark.
ResultPtr PostgresPipeline::receive(const Sent& sent)
{
    ResultPtr result(PQgetResult(_session));
    if (result != nullptr && sent.kind != Kind::Sync)
        while (const ResultPtr more{PQgetResult(_session)})
            if (PQstatus(_session) != CONNECTION_OK)
                break;
    const bool expected =
        (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) == (sent.kind == Kind::Sync) &&
        result != nullptr;
    if (!expected || PQstatus(_session) != CONNECTION_OK)
        lose(result.get(), sent.text);
    return result;
}

void PostgresPipeline::lose(const PGresult* result, std::string_view text)
{
    const StoreError said = postgresError(_session, result, text);
    _broken = true;
    _sent.clear(); // `text` is not owned by it
    throw StoreError(Failure::ConnectionLost, said.code(), said.what());
}

void PostgresPipeline::rollback() noexcept
{
    if (broken())
        return;
    try {
        if (!synced())
            sync(); // else a failure would skip the ROLLBACK too
        for (Sent& sent : _sent)
            sent.forgiven = true;
        sendText(rollbackText, {}, {}, false);
        _sent.back().forgiven = true;
        sync();
    } catch (const StoreError&) {
        _broken = true; // it could not even be sent
    }
}

void PostgresPipeline::mustBeAlive()
{
    // The first look may find the server's last words, the second that nothing follows.
    if (PQconsumeInput(_session) == 0 || PQconsumeInput(_session) == 0)
        lose(nullptr, "the beginning of a transaction");
}

ResultPtr PostgresPipeline::exec(const std::string& text)
{
    settle();
    if (PQexitPipelineMode(_session) == 0)
        lose(nullptr, text);
    ResultPtr result(PQexec(_session, text.c_str()));
    const bool good = succeeded(result.get());
    std::optional<StoreError> failure;
    if (!good)
        failure = postgresError(_session, result.get(), text);
    if (PQstatus(_session) == CONNECTION_OK)
        PQenterPipelineMode(_session);
    if (good)
        return result;
    _broken = _broken || failure->breaksSession();
    throw *std::move(failure);
}

void PostgresPipeline::sync()
{
    mustHaveSent(PQpipelineSync(_session), "the end of a group of statements");
    _sent.push_back({Kind::Sync, false, false, "the end of a group of statements", {}});
}

void PostgresPipeline::mustHaveSent(int sent, std::string_view text)
{
    if (sent == 1)
        return;
    const StoreError error = postgresError(_session, nullptr, text);
    _broken = _broken || error.breaksSession();
    throw error;
}

} // namespace spokehub::store
