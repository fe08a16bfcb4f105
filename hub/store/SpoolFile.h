#pragma once

#include "core/Clock.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::store
{

/// One file of the spool: records one behind the other, each with its length, its time and a
/// checksum. It is read by the machine that wrote it.
class SpoolFile
{
public:
    struct Record
    {
        std::int64_t offset = 0; // of its content
        std::uint32_t length = 0;
        Time kept;
    };

    /// What a record takes beside its content.
    static constexpr std::int64_t recordExtraBytes = 16;

    /// Makes it, durable in its directory. Throws std::system_error.
    static std::unique_ptr<SpoolFile> create(const std::filesystem::path& path);

    /// Opens what an earlier run left. What a crash tore off in the middle of a write is cut away,
    /// never half a record kept. Throws Error(Unprocessable) when it is no such file.
    static std::unique_ptr<SpoolFile> open(const std::filesystem::path& path,
                                           std::vector<Record>& records);

    ~SpoolFile();
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;

    /// They are on stable storage when it returns; throws std::system_error, and then has none.
    std::vector<Record> append(std::span<const std::string_view> contents, Time now);
    std::string read(const Record& record) const;
    void remove();

    std::int64_t bytes() const { return _bytes; }
    /// After a failed sync nobody knows what the disk has: such a file is only read.
    bool writable() const { return _writable; }

private:
    SpoolFile(std::filesystem::path path, int file);
    std::vector<Record> scan();

    const std::filesystem::path _path;
    const int _file;
    std::atomic<std::int64_t> _bytes = 0; // others look while it is appended to
    bool _writable = false;
};

} // namespace spokehub::store
