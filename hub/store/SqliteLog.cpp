#include "store/SqliteLog.h"

#include <sqlite3.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace spokehub::store
{

namespace
{

constexpr std::size_t gatheredMax = 64 * 1024; // SQLite's own writes no more than 128 KiB at once

// Of SQLite's file format: before each page of the log stands a head, and in that of a
// transaction's last page how many pages the database has then.
constexpr int headBytes = 24;
constexpr std::size_t sizeAt = 4;

bool endsTransaction(const char* head)
{
    return std::any_of(head + sizeAt, head + sizeAt + 4, [](char byte) { return byte != 0; });
}

/// A log as SQLite has it open; the system's own file stands behind it in the same memory. SQLite
/// calls it from one thread at a time.
struct LogFile
{
    sqlite3_file file; // first: what SQLite knows of it
    std::string gathered;
    sqlite3_int64 from; // where in the file what is gathered belongs
    bool lastPage;      // comes next

    static LogFile& of(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }

    /// What could not be written is forgotten: the transaction fails, and writes there again.
    int flush()
    {
        if (gathered.empty())
            return SQLITE_OK;
        const int code = real()->pMethods->xWrite(real(), gathered.data(),
                                                  static_cast<int>(gathered.size()), from);
        gathered.clear();
        return code;
    }
};

/// What was gathered goes first; then the system's own does it.
template <auto Method, class... Arguments>
int flushed(sqlite3_file* file, Arguments... arguments)
{
    LogFile& log = LogFile::of(file);
    const int code = log.flush();
    return code != SQLITE_OK ? code : (log.real()->pMethods->*Method)(log.real(), arguments...);
}

template <auto Method, class... Arguments>
int passed(sqlite3_file* file, Arguments... arguments)
{
    sqlite3_file* real = LogFile::of(file).real();
    return (real->pMethods->*Method)(real, arguments...);
}

int write(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 at)
{
    LogFile& log = LogFile::of(file);
    const auto size = static_cast<sqlite3_int64>(log.gathered.size());
    if (at != log.from + size ||
        log.gathered.size() + static_cast<std::size_t>(bytes) > gatheredMax)
        if (const int code = log.flush(); code != SQLITE_OK)
            return code;
    if (log.gathered.empty())
        log.from = at;
    const auto* bytesOf = static_cast<const char*>(data);
    try {
        log.gathered.append(bytesOf, static_cast<std::size_t>(bytes));
    } catch (const std::bad_alloc&) {
        return SQLITE_IOERR_NOMEM;
    }
    const bool whole = std::exchange(log.lastPage, bytes == headBytes && endsTransaction(bytesOf));
    return whole ? log.flush() : SQLITE_OK; // others may read it from now on
}

int close(sqlite3_file* file)
{
    LogFile& log = LogFile::of(file);
    const int flushedCode = log.flush();
    const int code = log.real()->pMethods->xClose(log.real());
    log.~LogFile();
    return flushedCode != SQLITE_OK ? flushedCode : code;
}

using Methods = sqlite3_io_methods;
constexpr Methods logMethods = {
    .iVersion = 1, // shared memory and mapping belong to the database's file
    .xClose = &close,
    .xRead = &flushed<&Methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = &write,
    .xTruncate = &flushed<&Methods::xTruncate, sqlite3_int64>,
    .xSync = &flushed<&Methods::xSync, int>,
    .xFileSize = &flushed<&Methods::xFileSize, sqlite3_int64*>,
    .xLock = &passed<&Methods::xLock, int>,
    .xUnlock = &passed<&Methods::xUnlock, int>,
    .xCheckReservedLock = &passed<&Methods::xCheckReservedLock, int*>,
    .xFileControl = &passed<&Methods::xFileControl, int, void*>,
    .xSectorSize = &passed<&Methods::xSectorSize>,
    .xDeviceCharacteristics = &passed<&Methods::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

sqlite3_vfs* systems = nullptr; // SQLite's own

int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* outFlags)
{
    if ((flags & SQLITE_OPEN_WAL) == 0)
        return systems->xOpen(systems, name, file, flags, outFlags);
    auto* log = new (file) LogFile{{nullptr}, {}, 0, false};
    const int code = systems->xOpen(systems, name, log->real(), flags, outFlags);
    if (code == SQLITE_OK)
        log->file.pMethods = &logMethods;
    else
        log->~LogFile();
    return code;
}

} // namespace

void gatherLogWrites()
{
    systems = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs ours = *systems; // but for how files are opened
    ours.pNext = nullptr;
    ours.zName = "spokehub";
    ours.szOsFile = static_cast<int>(sizeof(LogFile)) + systems->szOsFile;
    ours.xOpen = &open;
    sqlite3_vfs_register(&ours, 1);
}

} // namespace spokehub::store
