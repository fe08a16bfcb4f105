#pragma once

#include "core/Error.h"
#include "store/Database.h"
#include "store/Serving.h"

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spokehub::store
{

struct WriterOptions
{
    std::size_t lanes = 0;       // 0: as many as there are kinds of work; one for SQLite
    std::size_t batchMax = 256;  // requests of one Batcher in one transaction
    int conflictRetriesMax = 10; // serialization failures and deadlocks
    std::chrono::milliseconds retryWaitMax{1000};
    /// After this long without a database what waits fails with StoreError(ConnectionLost).
    std::chrono::milliseconds reconnectMax{3000};
    /// After this long without knowing a COMMIT's outcome its requests fail with
    /// StoreError(UnknownOutcome).
    std::chrono::milliseconds lookUpMax{30'000};
    /// Without, nothing runs by itself: who waits for a result runs what waits (Writer::work). For
    /// what must happen in the same order each time.
    bool threads = true;
};

/// What a Batcher shows its Writer: a queue whose requests can be run in a transaction.
class BatchQueue
{
public:
    virtual ~BatchQueue() = default;
    BatchQueue(const BatchQueue&) = delete;
    BatchQueue& operator=(const BatchQueue&) = delete;

protected:
    friend class Writer;

    /// A part of what waited, taken out of the queue by one lane.
    class Batch
    {
    public:
        virtual ~Batch() = default;
        virtual std::size_t size() const = 0;
        /// Whom the requests [from, to) are for.
        virtual void tenants(Tenants& served, std::size_t from, std::size_t to) const = 0;
        /// Applies the requests [from, to) in the transaction and keeps their results.
        virtual void apply(Tx& tx, std::size_t from, std::size_t to) = 0;
        /// The transaction is durable: gives each of [from, to) its result.
        virtual void succeed(std::size_t from, std::size_t to) = 0;
        virtual void fail(std::size_t from, std::size_t to, std::exception_ptr why) = 0;
    };

    BatchQueue() = default;
    bool joined() const { return _joined; }

    /// Null when nothing waits for this lane.
    virtual std::unique_ptr<Batch> take(std::size_t lane, std::size_t max) = 0;
    virtual void close() = 0; // takes nothing new
    virtual void refuseAll(std::exception_ptr why) = 0;

private:
    bool _joined = false;
};

/// Runs what waits in the Batchers: one transaction for it, one commit, then each caller's own
/// result. It waits for nobody: an idle hub adds no delay. Owns its sessions and `writer_mark`, the
/// row by which a COMMIT of unknown outcome is looked up before anyone is answered. One thread per
/// lane.
class Writer
{
public:
    /// What reads and moves stock, orders and tasks goes through one lane: two would wait for each
    /// other's levels all the time. What only adds rows has another one, so that a webhook is
    /// acknowledged while a batch is applied. SQLite has one writer, and one lane for both.
    static constexpr std::size_t ledgerLane = 0;
    static constexpr std::size_t intakeLane = 1;

    Writer(Database& database, WriterOptions options = {});
    ~Writer(); // stops
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Called on the lane's thread before each commit, when the transaction has changed variants,
    /// was for somebody's deed, or made more of something.
    void beforeCommit(std::function<void(Tx&)> hook);

    /// Batchers join before start(), in the order in which their tables are touched.
    void join(BatchQueue& queue);
    void start();
    /// Takes nothing new, runs what waits, ends the threads. For good: there is no second start.
    void stop();

    std::size_t lanes() const;
    void wake(std::size_t lane);
    /// Without threads: runs all that waits, here and now. With threads nothing: they do it.
    void work();

    /// On a lane's thread nobody may wait for a lane.
    static bool onLaneThread();
    /// For callbacks: whatever they throw is logged and stays here.
    static void guarded(const char* what, const std::function<void()>& action);

    struct Figures
    {
        std::uint64_t commits = 0;
        std::uint64_t requests = 0;
        std::uint64_t retries = 0;
        std::uint64_t poisoned = 0; // requests that failed alone
    };
    Figures figures() const;

private:
    struct Impl;
    class Lane;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::store
