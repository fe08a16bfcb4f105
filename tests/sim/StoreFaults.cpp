#include "sim/StoreFaults.h"

namespace spokehub::sim
{

using store::Failure;

/// A session whose calls are counted and may fail.
class StoreFaults::FaultyConnection final : public store::Connection
{
public:
    FaultyConnection(StoreFaults& faults, std::unique_ptr<store::Connection> inner)
        : _faults(faults), _inner(std::move(inner))
    {
        _inner->runText("PRAGMA synchronous = OFF", {}, nullptr); // what dies is a process, no disk
    }

    store::Engine engine() const override { return _inner->engine(); }

    std::int64_t run(const store::Sql& sql, std::span<const store::Param> params,
                     const store::RowVisitor* visit) override
    {
        pass();
        return _inner->run(sql, params, visit);
    }
    std::int64_t runRows(const store::Sql& sql, const store::RowSet& rows,
                         const store::RowVisitor* visit) override
    {
        pass();
        return _inner->runRows(sql, rows, visit);
    }
    std::int64_t runText(const std::string& sql, std::span<const store::Param> params,
                         const store::RowVisitor* visit) override
    {
        pass();
        return _inner->runText(sql, params, visit);
    }
    void begin(bool readOnly) override
    {
        pass();
        _inner->begin(readOnly);
    }

    void serve(std::string_view tenants) override { _inner->serve(tenants); }

    void commit() override
    {
        const auto failure = _faults.next(true);
        const bool happens = !failure || (breaks(*failure) && _faults._world.random.percent(50));
        if (happens)
            _inner->commit();
        if (failure)
            fail(breaks(*failure) ? Failure::UnknownOutcome : *failure);
    }

    void rollback() noexcept override { _inner->rollback(); }
    bool broken() const override { return _broken || _inner->broken(); }

private:
    static bool breaks(Failure failure) { return failure == Failure::ConnectionLost; }

    void pass()
    {
        if (const auto failure = _faults.next(false))
            fail(*failure);
    }

    [[noreturn]] void fail(Failure failure)
    {
        const store::StoreError error(failure, "sim", std::string("simulated: ") + name(failure));
        _broken = _broken || error.breaksSession();
        throw error;
    }

    StoreFaults& _faults;
    std::unique_ptr<store::Connection> _inner;
    bool _broken = false;
};

void StoreFaults::failAt(std::int64_t call, Failure how, std::int64_t more)
{
    _failFrom = _calls + call;
    _failTo = _failFrom + more;
    _how = how;
}

void StoreFaults::disarm()
{
    _crashAt = _failFrom = _failTo = 0;
}

void StoreFaults::die()
{
    _dead = true;
    _crashAt = 0;
    ++_crashes;
    _world.note("crash at store call " + std::to_string(_calls));
}

std::optional<Failure> StoreFaults::next(bool commit)
{
    if (_dead)
        return Failure::ConnectionLost;
    ++_calls;
    if (_calls == _crashAt) {
        die();
        return Failure::ConnectionLost;
    }
    if (_calls < _failFrom || _calls > _failTo)
        return std::nullopt;
    ++_errors;
    _world.note(std::string("store error ") + name(_how) + (commit ? " at a COMMIT" : ""));
    return _how;
}

std::unique_ptr<store::Connection> StoreFaults::around(std::unique_ptr<store::Connection> inner)
{
    if (const auto failure = next(false))
        throw store::StoreError(*failure, "sim", "simulated: no connection");
    return std::make_unique<FaultyConnection>(*this, std::move(inner));
}

} // namespace spokehub::sim
