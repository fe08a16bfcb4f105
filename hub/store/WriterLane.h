#pragma once

#include "store/Connection.h"
#include "store/Writer.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

namespace spokehub::store
{

struct Writer::Impl
{
    Impl(Database& where, WriterOptions how);

    Database& database;
    const WriterOptions options;
    const std::int64_t hub; // this run of the Writer, in writer_mark
    std::vector<BatchQueue*> queues;
    std::function<void(Tx&)> hook;
    std::vector<std::unique_ptr<Lane>> lanes;
    std::atomic<std::uint64_t> commits{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> retries{0};
    std::atomic<std::uint64_t> poisoned{0};
};

/// One thread with one session. It takes what waits, commits it, answers, and looks again.
class Writer::Lane
{
public:
    static thread_local bool onThisThread; // set on a lane's own thread

    Lane(Impl& writer, std::size_t number);

    void start();
    void wake();
    /// Runs what waits, on the caller's thread.
    void work();
    /// Runs what waits, then ends the thread.
    void stop();

private:
    using Batch = BatchQueue::Batch;

    /// Requests [from, to) of a batch.
    struct Part
    {
        Batch* batch;
        std::size_t from;
        std::size_t to;
    };
    using Parts = std::vector<Part>;

    void run();
    bool waitForWork();

    /// False when nothing waited.
    bool round();

    /// Gives every request its answer: all in one transaction, else in smaller ones, down to the
    /// guilty request.
    void settle(const Parts& parts);

    /// Nothing when the requests are committed and answered; else why they cannot be, in this
    /// company.
    std::exception_ptr attempt(const Parts& parts);

    bool worthRepeating(const StoreError& error, int& conflicts, int& losses);
    void transact(const Parts& parts);
    void commit();

    /// Whether the transaction of the current mark took place. The row's lock waits for a server
    /// that is still busy with that COMMIT. Nobody is answered before this is known.
    bool committed();

    /// What has not been begun need not wait for what is in doubt.
    void failWaiting(const StoreError& error);
    std::int64_t storedMark();

    /// While the database is away, one batch waits for it; those after it try once and fail at
    /// once.
    void connect();
    [[noreturn]] void giveUp(const StoreError& error);
    void open();

    /// Clean stops leave no row behind.
    void forgetMark();
    std::array<Param, 2> markKey() const;
    void rollback() noexcept;

    /// 5 ms, 10, 20 …, each with up to half of it left off by chance, so that two lanes do not meet
    /// again.
    void pause(int tries);

    Impl& _writer;
    const std::size_t _number;
    std::minstd_rand _random;
    std::thread _thread;
    std::mutex _mutex;
    std::condition_variable _wake;
    std::atomic<bool> _work{false};
    bool _stopping = false;
    bool _drained = false;
    std::unique_ptr<Connection> _connection;
    std::int64_t _mark = 0;
    bool _down = false;
};

} // namespace spokehub::store
