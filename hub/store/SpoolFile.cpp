#include "store/SpoolFile.h"

#include "core/Error.h"
#include "core/Log.h"

#include <Poco/Checksum.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace spokehub::store
{

namespace
{

constexpr std::string_view mark = "spool 1\n";

struct Head
{
    std::uint32_t length;
    std::uint32_t checksum; // of the time and the content
    std::int64_t kept;
};
static_assert(sizeof(Head) == SpoolFile::recordExtraBytes);

std::uint32_t checksumOf(std::int64_t kept, std::string_view content)
{
    Poco::Checksum sum;
    std::array<char, sizeof kept> bytes;
    std::memcpy(bytes.data(), &kept, sizeof kept);
    sum.update(bytes.data(), static_cast<unsigned>(bytes.size()));
    sum.update(content.data(), static_cast<unsigned>(content.size()));
    return static_cast<std::uint32_t>(sum.checksum());
}

[[noreturn]] void fail(const std::filesystem::path& path)
{
    throw std::system_error(errno, std::generic_category(), path.string());
}

int opened(const std::filesystem::path& path, int flags)
{
    const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (file < 0)
        fail(path);
    return file;
}

void writeAll(int file, std::string_view bytes, std::int64_t at, const std::filesystem::path& path)
{
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            fail(path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        at += written;
    }
}

std::string readAll(int file, std::int64_t at, std::size_t length,
                    const std::filesystem::path& path)
{
    std::string bytes(length, '\0');
    for (std::size_t got = 0; got < length;) {
        const ssize_t count =
            ::pread(file, bytes.data() + got, length - got, at + static_cast<std::int64_t>(got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(path);
        if (count == 0)
            throw std::system_error(EIO, std::generic_category(), path.string());
        got += static_cast<std::size_t>(count);
    }
    return bytes;
}

void syncDirectory(const std::filesystem::path& directory)
{
    const int file = opened(directory, O_RDONLY | O_DIRECTORY);
    const int synced = ::fsync(file);
    const int why = errno;
    ::close(file);
    errno = why;
    if (synced != 0)
        fail(directory);
}

} // namespace

SpoolFile::SpoolFile(std::filesystem::path path, int file) : _path(std::move(path)), _file(file) {}

SpoolFile::~SpoolFile()
{
    ::close(_file);
}

std::unique_ptr<SpoolFile> SpoolFile::create(const std::filesystem::path& path)
{
    std::unique_ptr<SpoolFile> made(new SpoolFile(path, opened(path, O_RDWR | O_CREAT | O_TRUNC)));
    try {
        writeAll(made->_file, mark, 0, path);
        syncDirectory(path.parent_path());
    } catch (const std::system_error&) {
        ::unlink(path.c_str());
        throw;
    }
    made->_bytes = static_cast<std::int64_t>(mark.size());
    made->_writable = true;
    return made;
}

std::unique_ptr<SpoolFile> SpoolFile::open(const std::filesystem::path& path,
                                           std::vector<Record>& records)
{
    std::unique_ptr<SpoolFile> found(new SpoolFile(path, opened(path, O_RDWR)));
    records = found->scan();
    return found;
}

std::vector<SpoolFile::Record> SpoolFile::scan()
{
    struct stat status
    {
    };
    if (::fstat(_file, &status) != 0)
        fail(_path);
    const std::string bytes = readAll(_file, 0, static_cast<std::size_t>(status.st_size), _path);
    std::vector<Record> records;
    std::size_t good = 0;
    if (bytes.starts_with(mark))
        good = mark.size();
    else if (!mark.starts_with(bytes))
        throw Error(Refusal::Unprocessable,
                    _path.string() + " is not a file of this hub's spool; move it away");
    while (good > 0 && bytes.size() - good >= sizeof(Head)) {
        Head head;
        std::memcpy(&head, bytes.data() + good, sizeof head);
        const std::size_t begin = good + sizeof head;
        if (bytes.size() - begin < head.length)
            break;
        const auto content = std::string_view(bytes).substr(begin, head.length);
        if (checksumOf(head.kept, content) != head.checksum)
            break;
        records.push_back({static_cast<std::int64_t>(begin), head.length, Time{head.kept}});
        good = begin + head.length;
    }
    if (good < bytes.size()) {
        Log::warning(
            "the torn end of a spool file was cut off: nobody was told that it is kept",
            {{"file", _path.native()}, {"bytes", static_cast<std::int64_t>(bytes.size() - good)}});
        if (::ftruncate(_file, static_cast<off_t>(good)) != 0)
            fail(_path);
    }
    _bytes = static_cast<std::int64_t>(good);
    return records;
}

std::vector<SpoolFile::Record> SpoolFile::append(std::span<const std::string_view> contents,
                                                 Time now)
{
    std::string bytes;
    std::vector<Record> records;
    for (const std::string_view content : contents) {
        const Head head{static_cast<std::uint32_t>(content.size()), checksumOf(now.micros, content),
                        now.micros};
        bytes.append(reinterpret_cast<const char*>(&head), sizeof head);
        records.push_back({_bytes + static_cast<std::int64_t>(bytes.size()), head.length, now});
        bytes.append(content);
    }
    try {
        writeAll(_file, bytes, _bytes, _path);
    } catch (const std::system_error&) {
        _writable = ::ftruncate(_file, _bytes) == 0;
        throw;
    }
    if (::fdatasync(_file) != 0) {
        const int why = errno;
        _writable = false;
        if (::ftruncate(_file, _bytes) != 0)
            Log::warning("what could not be synced stays in the spool; it does no harm there",
                         {{"file", _path.native()}});
        errno = why;
        fail(_path);
    }
    _bytes += static_cast<std::int64_t>(bytes.size());
    return records;
}

std::string SpoolFile::read(const Record& record) const
{
    return readAll(_file, record.offset, record.length, _path);
}

void SpoolFile::remove()
{
    ::unlink(_path.c_str());
}

} // namespace spokehub::store
