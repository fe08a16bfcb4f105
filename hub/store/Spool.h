#pragma once

#include "store/SpoolFile.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace spokehub::store
{

struct DatabaseUrl;

struct SpoolOptions
{
    std::filesystem::path directory;
    std::int64_t bytesMax = 256 * 1024 * 1024;
    std::int64_t fileBytesMax = 4 * 1024 * 1024; // about; then another one is begun
};

/// Records on this machine's disk, first in, first out, for the time until the database has them. A
/// record is on stable storage before anyone is told so, and one sync serves all that wait. Files
/// are only appended to and are removed when all in them is settled: after a crash some records
/// come again. One hub has the directory. Thread-safe; one thread syncs.
class Spool
{
public:
    /// Null when it is durable. Called on the syncing thread: short, must not throw.
    using Done = std::function<void(std::exception_ptr)>;

    /// Where a hub has it: as it is told (inbox.spool); else beside SQLite's file, to which it
    /// belongs, or for PostgreSQL in var/spokehub.spool.
    static std::filesystem::path placeOf(const std::string& told, const DatabaseUrl& url);

    /// The files of records in a directory, oldest first; none when there is no such directory.
    static std::vector<std::filesystem::path> filesIn(const std::filesystem::path& directory);

    /// Finds what an earlier run left. Throws Error with a sentence for the operator when the
    /// directory cannot be used or another hub has it.
    Spool(SpoolOptions options, const Clock& clock);
    ~Spool(); // stops
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    /// When what waits is durable and told; then nothing more is taken.
    void stop();

    /// Throws Error(Unavailable) when it is full, or stopped. When the disk takes no more, `done`
    /// gets the same.
    void append(std::string record, Done done);

    /// The oldest records, at least one of them if there is any; the same ones until they are
    /// settled. One reader at a time, which also settles them.
    std::vector<std::string> front(std::size_t most, std::int64_t bytesMax) const;

    /// Nothing waits to be read.
    bool drained() const;

    /// The first records are dealt with: what was taken is gone, what was refused stays in its file
    /// and comes again at the next start.
    void settle(const std::vector<bool>& taken);

    struct Figures
    {
        std::int64_t bytes = 0; // of the files
        std::int64_t records = 0;
        std::int64_t refused = 0; // of these, those that come again at the next start
        std::optional<Time> oldest;
        bool accepting = true; // the last one who asked was taken, or there is more room since
    };
    Figures figures() const;

private:
    struct File
    {
        std::uint64_t number = 0;
        std::unique_ptr<SpoolFile> file;
        std::size_t open = 0; // records that are not settled
    };
    struct Entry
    {
        File* in;
        SpoolFile::Record record;
    };
    struct Waiting
    {
        std::string record;
        Done done;
    };

    void lockDirectory();
    void recover();
    void run(const std::stop_token& stop);
    /// The first of what waits, in one write.
    std::vector<Waiting> takeGroup();
    void write(std::vector<Waiting> group);
    File& fileToWrite();
    /// Takes them out; who lets go of them, without the lock, removes them.
    std::list<File> takeSettled();
    static void remove(const std::list<File>& files);
    std::int64_t roomTaken() const;

    const SpoolOptions _options;
    const Clock& _clock;
    int _lock = -1;
    mutable std::mutex _mutex;
    std::condition_variable_any _wake;
    std::deque<Waiting> _waiting;
    std::int64_t _waitingBytes = 0;
    std::list<File> _files; // oldest first; written to is the last
    bool _writing = false;  // to the last file, outside of the lock
    std::deque<Entry> _entries;
    std::vector<Entry> _refused;
    std::uint64_t _number = 0; // of the newest file
    bool _stopped = false;
    bool _refusing = false; // for want of room here, or on the disk
    std::jthread _thread;
};

} // namespace spokehub::store
