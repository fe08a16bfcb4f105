#include "Ceilings.h"

#include <libpq-fe.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

namespace spokehub::bench
{

namespace
{

using SteadyClock = std::chrono::steady_clock;

constexpr int rowsPerCommit = 64;

class PostgresCeilings final : public Ceilings
{
public:
    explicit PostgresCeilings(const Store& store)
        : _url(store.url()), _connection(PQconnectdb(_url.c_str()), &PQfinish)
    {
        if (PQstatus(_connection.get()) != CONNECTION_OK)
            throw std::runtime_error(PQerrorMessage(_connection.get()));
        for (const std::string& sql : statements::prepare)
            check(PQexec(_connection.get(), sql.c_str()));
    }

    std::vector<Ceiling> intake(std::chrono::milliseconds time) override
    {
        std::vector<Ceiling> measured{{"libpq, 64 rows a statement and commit", multiRow(time)}};
        pgbench(measured, "pgbench, 1 a commit, 64 clients", time, statements::message);
        return measured;
    }

    std::vector<Ceiling> orders(std::chrono::milliseconds time) override
    {
        std::vector<Ceiling> measured;
        pgbench(measured, "pgbench, 1 order a commit, 64 clients", time, statements::order);
        return measured;
    }

    std::vector<Ceiling> reservations(std::chrono::milliseconds time) override
    {
        std::vector<Ceiling> measured;
        pgbench(measured, "pgbench, 1 a commit, 64 clients", time, statements::reservation);
        return measured;
    }

    std::vector<Ceiling> counts(std::chrono::milliseconds time) override
    {
        std::vector<Ceiling> measured;
        pgbench(measured, "pgbench, 1 a commit, 64 clients", time, statements::count);
        return measured;
    }

private:
    void check(PGresult* result) const
    {
        const auto status = PQresultStatus(result);
        const std::string why = PQresultErrorMessage(result);
        PQclear(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            throw std::runtime_error("PostgreSQL: " + why);
    }

    double multiRow(std::chrono::milliseconds time)
    {
        std::string sql = "WITH messages (id, message, body) AS (VALUES ";
        for (int i = 0; i < rowsPerCommit; ++i) {
            const std::string id = "$" + std::to_string(3 * i + 1);
            sql += (i > 0 ? ", (" : "(") + id + "::bigint, $" + std::to_string(3 * i + 2) +
                   "::text, $" + std::to_string(3 * i + 3) + "::bytea)";
        }
        sql += "), kept AS (INSERT INTO inbox_message (tenant_id, id, channel_id, message_id, "
               "topic, occurred_at, "
               "received_at) SELECT 1, id, 1, message, 'orders/create', 1, 1 FROM messages "
               "ON CONFLICT (tenant_id, message_id, channel_id) DO NOTHING) "
               "INSERT INTO inbox_body (tenant_id, id, body) SELECT 1, id, body FROM messages";
        check(PQprepare(_connection.get(), "rows", sql.c_str(), 0, nullptr));

        const std::string body(statements::bodyBytes, 'x');
        std::array<std::string, rowsPerCommit> ids, messages;
        const auto begun = SteadyClock::now();
        std::int64_t done = 0;
        while (SteadyClock::now() - begun < time) {
            std::array<const char*, 3 * rowsPerCommit> values;
            std::array<int, 3 * rowsPerCommit> lengths{}, formats{};
            for (std::size_t i = 0; i < rowsPerCommit; ++i) {
                ids[i] = std::to_string(1'000'000'000 + done + static_cast<std::int64_t>(i));
                messages[i] = "a8d5f3c0-90ab-4e1f-8000-" + ids[i];
                values[3 * i] = ids[i].c_str();
                values[3 * i + 1] = messages[i].c_str();
                values[3 * i + 2] = body.data();
                lengths[3 * i + 2] = statements::bodyBytes;
                formats[3 * i + 2] = 1;
            }
            check(PQexecPrepared(_connection.get(), "rows", static_cast<int>(values.size()),
                                 values.data(), lengths.data(), formats.data(), 0));
            done += rowsPerCommit;
        }
        return static_cast<double>(done) /
               std::chrono::duration<double>(SteadyClock::now() - begun).count();
    }

    void pgbench(std::vector<Ceiling>& measured, const std::string& what,
                 std::chrono::milliseconds time, const std::vector<std::string>& all)
    {
        std::string name = "/tmp/spokehub-bench-XXXXXX";
        const int fd = ::mkstemp(name.data());
        if (fd < 0)
            throw std::runtime_error("a file for pgbench cannot be made");
        ::close(fd);
        std::ofstream(name) << script(all);
        const auto seconds = std::max<std::int64_t>(1, time.count() / 1000);
        const std::string command = "pgbench -n -M prepared -c 64 -j 2 -T " +
                                    std::to_string(seconds) + " -f " + name + " '" + _url +
                                    "' 2>&1";
        std::string output;
        if (FILE* pipe = ::popen(command.c_str(), "r")) {
            std::array<char, 4096> buffer;
            while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
                output.append(buffer.data(), got);
            ::pclose(pipe);
        }
        ::unlink(name.c_str());
        if (const std::size_t at = output.find("tps = "); at != std::string::npos)
            measured.push_back({what, std::stod(output.substr(at + 6))});
        else
            std::cerr << "skipped: " << what << ": " << output.substr(0, 400) << '\n';
    }

    static std::string script(const std::vector<std::string>& all)
    {
        std::string text = "\\set id random(1, 1000000000000000)\n\\set one random(1, 1000)\n"
                           "\\set other random(1, 1000)\n\\set a least(:one, :other)\n\\set b "
                           "greatest(:one, :other)\n";
        if (all.size() > 1)
            text += "BEGIN;\n";
        for (std::string sql : all) {
            replace(sql, ":body",
                    "repeat('x', " + std::to_string(statements::bodyBytes) + ")::bytea");
            replace(sql, ":fact", "repeat('x', 900)");
            replace(sql, ":detail", "repeat('x', 400)");
            text += sql + ";\n";
        }
        return text + (all.size() > 1 ? "COMMIT;\n" : "");
    }

    static void replace(std::string& text, const std::string& what, const std::string& with)
    {
        for (std::size_t at; (at = text.find(what)) != std::string::npos;)
            text.replace(at, what.size(), with);
    }

    const std::string _url;
    const std::unique_ptr<PGconn, decltype(&PQfinish)> _connection;
};

} // namespace

std::unique_ptr<Ceilings> postgresCeilings(const Store& store)
{
    return std::make_unique<PostgresCeilings>(store);
}

} // namespace spokehub::bench
