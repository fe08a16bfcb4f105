#include "store/Checkpointer.h"

#include "core/Log.h"
#include "store/Connection.h"
#include "store/SqliteConnection.h"
#include "store/StoreError.h"

#include <pthread.h>

namespace spokehub::store
{

Checkpointer::~Checkpointer()
{
    {
        const std::lock_guard lock(_mutex);
        _stopping = true;
        _wake.notify_one();
    }
    if (_thread.joinable())
        _thread.join();
}

bool Checkpointer::committed(int pages)
{
    if (pages < beginAt)
        return false;
    const std::lock_guard lock(_mutex);
    if (_fewLeft || pages >= logMost) {
        _fewLeft = false;
        return true;
    }
    if (!_wanted) {
        _wanted = true;
        if (!_thread.joinable()) {
            _thread = std::thread([this] { run(); });
            ::pthread_setname_np(_thread.native_handle(), "checkpointer");
        }
        _wake.notify_one();
    }
    return false;
}

void Checkpointer::run()
{
    std::unique_lock lock(_mutex);
    for (;;) {
        _wake.wait(lock, [this] { return _wanted || _stopping; });
        if (_stopping)
            return;
        lock.unlock();
        int left = leaveMost + 1;
        try {
            left = copy();
        } catch (const StoreError& error) {
            Log::warning("the log of the database could not be copied into its file; tried again "
                         "after the next commit",
                         {{"why", std::string_view(error.what())}});
        }
        lock.lock();
        _fewLeft = left <= leaveMost;
        _wanted = false; // what is left beyond that is asked for by the next commit
    }
}

int Checkpointer::copy()
{
    int left = 0;
    const RowVisitor keep = [&](const Row& row) {
        left = static_cast<int>(row.integer(1) - row.integer(2));
    };
    openSqlite(_file, false, nullptr)->runText("PRAGMA wal_checkpoint(PASSIVE)", {}, &keep);
    return left;
}

} // namespace spokehub::store
