#pragma once

#include "store/PostgresValues.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::store
{

/// What has been sent to PostgreSQL and not been answered yet. Statements go out one behind the
/// other; the answers are read in one go, when one of them is wanted: a transaction takes few round
/// trips instead of one a statement. After a failure the server skips what follows up to the next
/// sync().
class PostgresPipeline
{
public:
    /// Told when a statement could not be prepared after all.
    using Forget = std::function<void(const char* text, const std::string& name)>;

    explicit PostgresPipeline(PGconn* session, Forget forget);

    /// Texts are borrowed until they are answered, except of `sendText` when settle() follows at
    /// once.
    void prepare(const char* key, const std::string& name, const std::string& text,
                 const std::vector<Oid>& types);
    void send(const char* key, const std::string& name, const PostgresParams& params, bool wanted);
    void sendText(std::string_view text, const PostgresParams& params,
                  const std::vector<Oid>& types, bool wanted);

    /// Sends it all, reads every answer, and gives those that were wanted, in order. Throws the
    /// first failure that was not forgiven; the session is idle again even then, unless it broke.
    std::vector<ResultPtr> settle();

    /// Lets what was sent so far succeed or fail unheard, and rolls back. Waits for nothing.
    void rollback() noexcept;

    /// Throws StoreError(ConnectionLost) when the server has closed the line. Looks only, asks
    /// nothing.
    void mustBeAlive();

    /// Runs several statements in the simple protocol, which knows no parameters.
    ResultPtr exec(const std::string& text);

    bool broken() const { return _broken || PQstatus(_session) != CONNECTION_OK; }

private:
    enum class Kind : char
    {
        Prepare,
        Statement,
        Sync
    };

    struct Sent
    {
        Kind kind;
        bool wanted = false;
        bool forgiven = false;
        std::string_view text;
        std::string name; // of Prepare
    };

    void mustHaveSent(int sent, std::string_view text);
    void sync();
    bool synced() const { return _sent.empty() || _sent.back().kind == Kind::Sync; }
    ResultPtr receive(const Sent& sent);
    [[noreturn]] void lose(const PGresult* result, std::string_view text);

    PGconn* _session;
    Forget _forget;
    std::vector<Sent> _sent;
    bool _broken = false;
};

} // namespace spokehub::store
