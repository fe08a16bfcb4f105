#include "Store.h"

#include <libpq-fe.h>
#include <sqlite3.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace spokehub::bench
{

namespace
{

class SqliteStore final : public Store
{
public:
    explicit SqliteStore(std::filesystem::path file) : _file(std::move(file)) { remove(); }
    ~SqliteStore() override { remove(); }

    std::string engine() const override { return "sqlite"; }
    std::string url() const override { return "sqlite:" + _file.string(); }
    double cpuSeconds() override { return 0; }

    std::int64_t number(const std::string& sql) override
    {
        sqlite3* database = nullptr;
        sqlite3_stmt* statement = nullptr;
        std::int64_t value = 0;
        const bool good =
            sqlite3_open_v2(_file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) ==
                SQLITE_OK &&
            sqlite3_busy_timeout(database, 5000) == SQLITE_OK &&
            sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW;
        const std::string why = good ? "" : sqlite3_errmsg(database);
        if (good)
            value = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        sqlite3_close(database);
        if (!good)
            throw std::runtime_error(why + ": " + sql);
        return value;
    }

private:
    void remove()
    {
        std::error_code ignored;
        for (const char* end : {"", "-wal", "-shm"})
            std::filesystem::remove(_file.string() + end, ignored);
    }

    const std::filesystem::path _file;
};

struct Finish
{
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

Connection connect(const std::string& url)
{
    Connection connection(PQconnectdb(url.c_str()));
    if (PQstatus(connection.get()) != CONNECTION_OK)
        throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(connection.get()));
    PQsetNoticeProcessor(
        connection.get(), [](void*, const char*) {}, nullptr);
    return connection;
}

std::string ask(PGconn* connection, const std::string& sql)
{
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection, sql.c_str()),
                                                               &PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw std::runtime_error(PQerrorMessage(connection) + sql);
    return status == PGRES_TUPLES_OK && PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0)
                                                                    : "";
}

class PostgresStore final : public Store
{
public:
    PostgresStore(const std::string& server, std::string name)
        : _server(connect(server)), _name(std::move(name))
    {
        if (ask(_server.get(), "SHOW fsync") != "on" ||
            ask(_server.get(), "SHOW synchronous_commit") != "on")
            throw std::runtime_error(
                "this PostgreSQL does not flush (fsync or synchronous_commit is off): its "
                "figures would mean nothing");
        ask(_server.get(), "DROP DATABASE IF EXISTS " + _name + " WITH (FORCE)");
        ask(_server.get(), "CREATE DATABASE " + _name);
        ask(_server.get(), "CHECKPOINT"); // what others left behind is not written in our time
        _url = server.substr(0, server.rfind('/') + 1) + _name;
    }

    ~PostgresStore() override
    {
        _database.reset();
        PQclear(
            PQexec(_server.get(), ("DROP DATABASE IF EXISTS " + _name + " WITH (FORCE)").c_str()));
    }

    std::string engine() const override { return "postgres"; }
    std::string url() const override { return _url; }

    std::int64_t number(const std::string& sql) override
    {
        if (!_database)
            _database = connect(_url);
        return std::stoll(ask(_database.get(), sql));
    }

    double cpuSeconds() override
    {
        const std::string pids =
            ask(_server.get(), "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity");
        std::istringstream text(pids);
        double sum = 0;
        for (int pid; text >> pid;)
            sum += cpuSecondsOf(pid);
        return sum;
    }

private:
    Connection _server;
    Connection _database;
    const std::string _name;
    std::string _url;
};

} // namespace

std::unique_ptr<Store> sqliteStore(const std::filesystem::path& file)
{
    return std::make_unique<SqliteStore>(file);
}

std::unique_ptr<Store> postgresStore(const std::string& server, const std::string& name)
{
    return std::make_unique<PostgresStore>(server, name);
}

double cpuSecondsOf(int pid)
{
    std::string name;
    return cpuSecondsIn("/proc/" + std::to_string(pid), name);
}

double cpuSecondsIn(const std::filesystem::path& folder, std::string& name)
{
    std::ifstream file(folder / "stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t begin = text.find('(');
    const std::size_t end = text.rfind(')'); // the name between them may hold anything
    if (end == std::string::npos)
        return 0;
    name = text.substr(begin + 1, end - begin - 1);
    std::istringstream rest(text.substr(end + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        rest >> skipped;
    double user = 0, system = 0;
    rest >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

} // namespace spokehub::bench
