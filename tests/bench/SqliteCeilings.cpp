#include "Ceilings.h"
#include "RawSqlite.h"

namespace spokehub::bench
{

namespace
{

using SteadyClock = std::chrono::steady_clock;

class SqliteCeilings final : public Ceilings
{
public:
    explicit SqliteCeilings(const Store& store)
        : _raw(store.url().substr(std::string("sqlite:").size()))
    {
        for (const std::string& sql : statements::prepare)
            _raw.exec(sql);
        _values[":body"] = _body;
        _values[":fact"] = std::string_view(_body).substr(0, 900);
        _values[":detail"] = std::string_view(_body).substr(0, 400);
    }

    std::vector<Ceiling> intake(std::chrono::milliseconds time) override
    {
        return {{"raw loop, 64 a commit", loop(time, 64, statements::message)},
                {"raw loop, 1 a commit", loop(time, 1, statements::message)}};
    }

    std::vector<Ceiling> orders(std::chrono::milliseconds time) override
    {
        return {{"raw loop, 1 order a commit", loop(time, 1, statements::order)},
                {"raw loop, 64 orders a commit", loop(time, 64, statements::order)}};
    }

    std::vector<Ceiling> reservations(std::chrono::milliseconds time) override
    {
        return {{"raw loop, 1 a commit", loop(time, 1, statements::reservation)},
                {"raw loop, 64 a commit", loop(time, 64, statements::reservation)}};
    }

    std::vector<Ceiling> counts(std::chrono::milliseconds time) override
    {
        return {{"raw loop, 1 a commit", loop(time, 1, statements::count)},
                {"raw loop, 64 a commit", loop(time, 64, statements::count)}};
    }

private:
    double loop(std::chrono::milliseconds time, int perCommit, const std::vector<std::string>& all)
    {
        const auto begun = SteadyClock::now();
        std::int64_t done = 0;
        while (SteadyClock::now() - begun < time) {
            _raw.exec("BEGIN IMMEDIATE");
            for (int i = 0; i < perCommit; ++i, ++done) {
                _id += 2;
                _values[":id"] = _id;
                _values[":a"] = _id * 7919 % statements::wares + 1;
                _values[":b"] = _id * 104729 % statements::wares + 1;
                for (const std::string& sql : all)
                    _raw.run(sql, _values);
            }
            _raw.exec("COMMIT");
        }
        return static_cast<double>(done) /
               std::chrono::duration<double>(SteadyClock::now() - begun).count();
    }

    RawSqlite _raw;
    const std::string _body = std::string(statements::bodyBytes, 'x');
    RawSqlite::Values _values;
    std::int64_t _id = 1'000'000'000;
};

} // namespace

std::unique_ptr<Ceilings> sqliteCeilings(const Store& store)
{
    return std::make_unique<SqliteCeilings>(store);
}

} // namespace spokehub::bench
