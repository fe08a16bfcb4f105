#include "store/Database.h"

#include "core/Error.h"
#include "store/Condition.h"
#include "store/Connection.h"
#include "store/PostgresConnection.h"
#include "store/Serving.h"
#include "store/SqliteConnection.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

namespace spokehub::store
{

using SteadyClock = std::chrono::steady_clock;

DatabaseUrl DatabaseUrl::parse(const std::string& url)
{
    constexpr std::string_view sqlite = "sqlite:";
    DatabaseUrl parsed;
    if (url.starts_with(sqlite) && url.size() > sqlite.size()) {
        parsed.engine = Engine::Sqlite;
        parsed.sqliteFile = url.substr(sqlite.size());
        return parsed;
    }
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
        throw Error(Refusal::BadRequest, "database.url must read sqlite:FILE or "
                                         "postgresql://user[:password]@host:port/database");
    parsed.engine = Engine::Postgres;
    parsed.conninfo = postgresConninfo(url);
    return parsed;
}

bool DatabaseUrl::isAway() const
{
    return engine == Engine::Postgres && postgresIsAway(conninfo);
}

namespace
{

std::string servedText()
{
    Tenants served;
    served.add(Serving::current());
    return served.text();
}

} // namespace

struct Database::Impl
{
    struct Reader
    {
        std::unique_ptr<Connection> connection;
        SteadyClock::time_point born;
    };

    /// Returns its reader at the end, or throws it away; either way its place is free again.
    class Loan
    {
    public:
        explicit Loan(Impl& pool) : _pool(pool), _reader(pool.take(_reused)) {}
        ~Loan()
        {
            _reader.connection->rollback();
            _pool.giveBack(std::move(_reader));
        }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;

        Connection& connection() { return *_reader.connection; }
        bool reused() const { return _reused; }

    private:
        Impl& _pool;
        bool _reused = false;
        Reader _reader;
    };

    DatabaseUrl url;
    DatabaseOptions options;
    std::shared_ptr<Checkpointer> checkpointer; // SQLite
    std::mutex mutex;
    std::condition_variable returned;
    std::vector<Reader> idle; // the one used last at the back
    std::size_t open = 0;     // idle and lent

    std::unique_ptr<Connection> connect(bool readOnly, bool walled) const
    {
        auto connection =
            url.engine == Engine::Sqlite
                ? openSqlite(url.sqliteFile, readOnly, checkpointer)
                : openPostgres(url.conninfo, {readOnly, options.statementTimeout, walled});
        return options.around ? options.around(std::move(connection)) : std::move(connection);
    }

    Reader take(bool& reused)
    {
        std::vector<Reader> old; // closed outside the lock
        std::unique_lock lock(mutex);
        const auto available = [this] { return !idle.empty() || open < options.readersMax; };
        if (!returned.wait_for(lock, options.readerWaitMax, available))
            throw StoreError(Failure::Busy, "",
                             "all " + std::to_string(options.readersMax) +
                                 " readers of the database stayed busy for " +
                                 std::to_string(options.readerWaitMax.count()) + " ms");
        while (!idle.empty()) {
            Reader reader = std::move(idle.back());
            idle.pop_back();
            reused = SteadyClock::now() - reader.born < options.readerAgeMax;
            if (reused)
                return reader;
            old.push_back(std::move(reader));
            --open;
        }
        ++open;
        lock.unlock();
        old.clear();
        return makeReader();
    }

    Reader makeReader()
    {
        try {
            return {connect(true, options.walled), SteadyClock::now()};
        } catch (...) {
            forget(1);
            throw;
        }
    }

    void giveBack(Reader reader)
    {
        if (!reader.connection->broken()) {
            const std::lock_guard lock(mutex);
            idle.push_back(std::move(reader));
            returned.notify_one();
            return;
        }
        reader.connection.reset();
        forget(1);
    }

    void forget(std::size_t readers)
    {
        const std::lock_guard lock(mutex);
        open -= readers;
        returned.notify_all();
    }

    /// When one session died, the others that idle are likely dead too.
    void dropIdle()
    {
        std::vector<Reader> dropped;
        {
            const std::lock_guard lock(mutex);
            dropped.swap(idle);
        }
        forget(dropped.size());
    }

    /// `once` answers whether a statement had succeeded before it threw.
    template <class Once>
    void withReader(const Once& once)
    {
        bool answered = false;
        {
            Loan loan(*this);
            try {
                return once(loan.connection(), answered);
            } catch (const StoreError& error) {
                if (error.failure() != Failure::ConnectionLost || answered || !loan.reused())
                    throw;
            }
        }
        dropIdle();
        Loan loan(*this);
        once(loan.connection(), answered);
    }
};

Database::Database(const std::string& url, DatabaseOptions options)
    : _impl(std::make_unique<Impl>())
{
    _impl->url = DatabaseUrl::parse(url);
    _impl->options = options;
    if (engine() != Engine::Sqlite)
        return;
    const auto directory = std::filesystem::path(_impl->url.sqliteFile).parent_path();
    if (!directory.empty())
        std::filesystem::create_directories(directory);
    _impl->checkpointer = std::make_shared<Checkpointer>(_impl->url.sqliteFile);
    connect(); // makes the file and sets its mode before anyone races for that
}

Database::~Database() = default;

Engine Database::engine() const
{
    return _impl->url.engine;
}

const DatabaseUrl& Database::url() const
{
    return _impl->url;
}

bool Database::walled() const
{
    return _impl->options.walled;
}

void Database::read(const std::function<void(Session&)>& work)
{
    if (Session* const within = ReadingIn::current())
        return work(*within);
    _impl->withReader([&](Connection& connection, bool& answered) {
        Session session(connection);
        try {
            connection.begin(true);
            if (walled())
                connection.serve(servedText());
            work(session);
            connection.rollback(); // nothing to keep; it only ends the snapshot
        } catch (...) {
            answered = session._answered;
            throw;
        }
    });
}

void Database::point(const std::function<void(Session&)>& work)
{
    if (Session* const within = ReadingIn::current())
        return work(*within);
    _impl->withReader([&](Connection& connection, bool& answered) {
        Session session(connection);
        try {
            if (walled())
                connection.serve(servedText());
            work(session);
        } catch (...) {
            answered = session._answered;
            throw;
        }
    });
}

std::unique_ptr<Connection> Database::connect()
{
    return _impl->connect(false, _impl->options.walled);
}

std::unique_ptr<Connection> Database::connectAsOwner()
{
    return _impl->connect(false, false);
}

} // namespace spokehub::store
