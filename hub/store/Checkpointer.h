#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace spokehub::store
{

/// Copies the pages of SQLite's log into the database file, beside the writer: left to the writer,
/// each copy would hold up the commits behind it for tens of milliseconds. Pages that are written
/// meanwhile are left over; when only few are, the writer copies these itself, after which it
/// begins the log anew. Thread-safe. Runs a thread of its own from the first copy on.
class Checkpointer
{
public:
    static constexpr int beginAt = 1000;   // pages in the log (of 4 KiB)
    static constexpr int leaveMost = 100;  // pages to the writer
    static constexpr int logMost = 32'000; // pages; then the writer copies, whatever is left

    explicit Checkpointer(std::string file) : _file(std::move(file)) {}
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// Told by the writer after each commit: how many pages the log has. True: it should copy what
    /// is left now.
    bool committed(int pages);

private:
    void run();
    /// How many pages are left in the log.
    int copy();

    const std::string _file;
    std::mutex _mutex;
    std::condition_variable _wake;
    std::thread _thread;
    bool _wanted = false;
    bool _fewLeft = false;
    bool _stopping = false;
};

} // namespace spokehub::store
