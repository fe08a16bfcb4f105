#include "store/WriterLane.h"

#include "core/Log.h"

#include <algorithm>
#include <limits>
#include <pthread.h>

namespace spokehub::store
{

namespace
{

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr Sql insertMark{
    "INSERT INTO writer_mark (hub, lane, mark) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING"};
constexpr Sql setMark{"UPDATE writer_mark SET mark = $1 WHERE hub = $2 AND lane = $3"};
constexpr Sql selectMark{"SELECT mark FROM writer_mark WHERE hub = $1 AND lane = $2 {lock}"};
constexpr Sql deleteMark{"DELETE FROM writer_mark WHERE hub = $1 AND lane = $2"};

constexpr int lossesMax = 3;      // of the connection, by one batch
constexpr int busyRetriesMax = 2; // each has waited for SQLite's lock already

/// What concerns the whole database is not the fault of one request: no use in looking for it.
bool hitsOneRequest(const std::exception_ptr& why)
{
    try {
        std::rethrow_exception(why);
    } catch (const StoreError& error) {
        return error.failure() == Failure::Unique || error.failure() == Failure::Check ||
               error.failure() == Failure::Other;
    } catch (...) {
        return true;
    }
}

} // namespace

thread_local bool Writer::Lane::onThisThread = false;

Writer::Lane::Lane(Impl& writer, std::size_t number)
    : _writer(writer), _number(number), _random(std::random_device()())
{
}

void Writer::Lane::start()
{
    _thread = std::thread([this] { run(); });
    ::pthread_setname_np(_thread.native_handle(), ("writer-" + std::to_string(_number)).c_str());
}

void Writer::Lane::wake()
{
    if (_work.exchange(true))
        return;
    const std::lock_guard lock(_mutex);
    _wake.notify_one();
}

void Writer::Lane::work()
{
    onThisThread = true;
    while (round()) {
    }
    onThisThread = false;
}

void Writer::Lane::stop()
{
    {
        const std::lock_guard lock(_mutex);
        _stopping = true;
        _wake.notify_one();
    }
    if (_thread.joinable())
        _thread.join();
}

void Writer::Lane::run()
{
    onThisThread = true;
    while (waitForWork())
        while (round()) {
        }
    forgetMark();
}

bool Writer::Lane::waitForWork()
{
    std::unique_lock lock(_mutex);
    _wake.wait(lock, [this] { return _work.load() || _stopping; });
    const bool last = _stopping && _drained;
    _drained = _stopping; // the round that follows finds the queues closed: nothing comes after it
    _work = false;
    return !last;
}

bool Writer::Lane::round()
{
    std::vector<std::unique_ptr<Batch>> batches;
    Parts parts;
    for (BatchQueue* queue : _writer.queues)
        if (auto batch = queue->take(_number, _writer.options.batchMax)) {
            parts.push_back({batch.get(), 0, batch->size()});
            batches.push_back(std::move(batch));
        }
    if (!parts.empty())
        settle(parts);
    return !parts.empty();
}

void Writer::Lane::settle(const Parts& parts)
{
    const std::exception_ptr why = attempt(parts);
    if (why == nullptr)
        return;
    const bool single = parts.size() == 1 && parts.front().to - parts.front().from == 1;
    if (single || !hitsOneRequest(why)) {
        if (single)
            ++_writer.poisoned;
        for (const Part& part : parts)
            part.batch->fail(part.from, part.to, why);
        return;
    }
    if (parts.size() > 1) {
        for (const Part& part : parts)
            settle({part});
        return;
    }
    const auto [batch, from, to] = parts.front();
    const std::size_t middle = from + (to - from) / 2;
    settle({{batch, from, middle}});
    settle({{batch, middle, to}});
}

std::exception_ptr Writer::Lane::attempt(const Parts& parts)
{
    for (int conflicts = 0, losses = 0;; ++_writer.retries) {
        try {
            connect();
            transact(parts);
            return nullptr;
        } catch (const StoreError& error) {
            rollback();
            if (error.failure() == Failure::ReadOnly)
                _connection.reset(); // another session may be one that writes
            if (!worthRepeating(error, conflicts, losses))
                return std::current_exception();
        } catch (...) {
            rollback();
            return std::current_exception();
        }
    }
}

bool Writer::Lane::worthRepeating(const StoreError& error, int& conflicts, int& losses)
{
    if (error.failure() == Failure::ConnectionLost)
        return !_down && ++losses <= lossesMax;
    const bool sqlite = _writer.database.engine() == Engine::Sqlite;
    const bool busy = error.failure() == Failure::Busy && sqlite;
    if (error.failure() != Failure::Conflict && !busy)
        return false;
    if (++conflicts > (busy ? busyRetriesMax : _writer.options.conflictRetriesMax))
        return false;
    pause(conflicts);
    return true;
}

void Writer::Lane::transact(const Parts& parts)
{
    Tx tx(*_connection);
    _connection->begin(false);
    if (_writer.database.walled()) {
        Tenants served;
        for (const Part& part : parts)
            part.batch->tenants(served, part.from, part.to);
        _connection->serve(served.text());
    }
    for (const Part& part : parts)
        part.batch->apply(tx, part.from, part.to);
    if (_writer.hook && !(tx.changedVariants().empty() && tx.done().empty() && tx.grown().empty()))
        _writer.hook(tx);
    tx.write(setMark, {++_mark, _writer.hub, static_cast<std::int64_t>(_number)});
    commit();

    ++_writer.commits;
    for (const auto& action : tx._afterCommit)
        guarded("an action after the commit", action);
    for (const Part& part : parts) {
        _writer.requests += part.to - part.from;
        part.batch->succeed(part.from, part.to);
    }
}

void Writer::Lane::commit()
{
    try {
        _connection->commit();
    } catch (const StoreError& error) {
        if (error.failure() != Failure::UnknownOutcome)
            throw;
        Log::warning("the answer to a COMMIT was lost; its mark is looked up",
                     {{"lane", static_cast<std::int64_t>(_number)},
                      {"why", std::string_view(error.what())}});
        if (!committed())
            throw StoreError(Failure::ConnectionLost, error.code(),
                             std::string("a COMMIT did not happen: ") + error.what());
    }
}

bool Writer::Lane::committed()
{
    const auto begun = SteadyClock::now();
    for (int tries = 1;; ++tries) {
        try {
            _connection.reset();
            open();
            return storedMark() == _mark;
        } catch (const StoreError& error) {
            const auto spent = SteadyClock::now() - begun;
            if (spent >= _writer.options.reconnectMax)
                failWaiting(error);
            if (spent >= _writer.options.lookUpMax)
                throw StoreError(Failure::UnknownOutcome, error.code(),
                                 std::string("it is not known whether a COMMIT happened: ") +
                                     error.what());
        }
        pause(tries);
    }
}

void Writer::Lane::failWaiting(const StoreError& error)
{
    const auto why =
        std::make_exception_ptr(StoreError(Failure::ConnectionLost, error.code(), error.what()));
    for (BatchQueue* queue : _writer.queues)
        if (const auto batch = queue->take(_number, std::numeric_limits<std::size_t>::max()))
            batch->fail(0, batch->size(), why);
}

std::int64_t Writer::Lane::storedMark()
{
    std::int64_t stored = 0;
    _connection->begin(false);
    Session(*_connection)
        .query(selectMark, {_writer.hub, static_cast<std::int64_t>(_number)},
               [&](const Row& row) { stored = row.integer(0); });
    _connection->rollback();
    return stored;
}

void Writer::Lane::connect()
{
    if (_connection != nullptr && !_connection->broken())
        return;
    const auto deadline =
        SteadyClock::now() + (_down ? milliseconds(0) : _writer.options.reconnectMax);
    for (int tries = 1;; ++tries) {
        try {
            _connection.reset();
            open();
            _down = false;
            return;
        } catch (const StoreError& error) {
            if (error.failure() != Failure::ConnectionLost || SteadyClock::now() >= deadline)
                giveUp(error);
        }
        pause(tries);
    }
}

void Writer::Lane::giveUp(const StoreError& error)
{
    if (!_down)
        Log::error("the database cannot be written to; requests fail until it can",
                   {{"why", std::string_view(error.what())}});
    _down = true;
    const bool known = error.failure() == Failure::ReadOnly || error.failure() == Failure::Full;
    throw StoreError(known ? error.failure() : Failure::ConnectionLost, error.code(), error.what());
}

void Writer::Lane::open()
{
    auto connection = _writer.database.connect();
    connection->run(insertMark, markKey(), nullptr);
    _connection = std::move(connection);
}

void Writer::Lane::forgetMark()
{
    if (_connection != nullptr && !_connection->broken())
        guarded("leaving the database",
                [this] { _connection->run(deleteMark, markKey(), nullptr); });
    _connection.reset();
}

std::array<Param, 2> Writer::Lane::markKey() const
{
    return {_writer.hub, static_cast<std::int64_t>(_number)};
}

void Writer::Lane::rollback() noexcept
{
    if (_connection == nullptr)
        return;
    _connection->rollback();
    if (_connection->broken())
        _connection.reset();
}

void Writer::Lane::pause(int tries)
{
    const auto most =
        std::min(milliseconds(5) * (1 << std::min(tries - 1, 12)), _writer.options.retryWaitMax);
    std::uniform_int_distribution<std::int64_t> wait(most.count() / 2, most.count());
    std::this_thread::sleep_for(milliseconds(wait(_random)));
}

} // namespace spokehub::store
