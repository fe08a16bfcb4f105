#include "store/Spool.h"

#include "core/Error.h"
#include "core/Log.h"
#include "store/Writer.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace spokehub::store
{

namespace
{

constexpr std::string_view suffix = ".spool";
constexpr std::size_t digits = 12; // names sort as their numbers do

std::string nameOf(std::uint64_t number)
{
    const std::string text = std::to_string(number);
    return std::string(digits - std::min(digits, text.size()), '0') + text + std::string(suffix);
}

/// Nothing when it is no file of a spool.
std::optional<std::uint64_t> numberOf(const std::filesystem::path& path)
{
    const std::string name = path.filename().string();
    if (!name.ends_with(suffix))
        return std::nullopt;
    const char* const end = name.data() + name.size() - suffix.size();
    std::uint64_t number = 0;
    const auto [rest, error] = std::from_chars(name.data(), end, number);
    return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

std::int64_t bytesOf(const std::string& record)
{
    return static_cast<std::int64_t>(record.size()) + SpoolFile::recordExtraBytes;
}

} // namespace

Spool::Spool(SpoolOptions options, const Clock& clock) : _options(std::move(options)), _clock(clock)
{
    try {
        std::filesystem::create_directories(_options.directory);
        lockDirectory();
        recover();
    } catch (const std::system_error& error) {
        if (_lock >= 0)
            ::close(_lock);
        throw Error(Refusal::Unavailable, "the spool " + _options.directory.string() +
                                              " cannot be used (" + error.what() +
                                              "): make it writable, or set inbox.spool");
    } catch (const Error&) {
        if (_lock >= 0)
            ::close(_lock);
        throw;
    }
    _thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Spool::~Spool()
{
    _thread.request_stop();
    _thread.join();
    ::close(_lock);
}

void Spool::lockDirectory()
{
    const auto file = _options.directory / "lock";
    _lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (_lock < 0)
        throw std::system_error(errno, std::generic_category(), file.string());
    if (::flock(_lock, LOCK_EX | LOCK_NB) != 0)
        throw Error(Refusal::Conflict, "another hub has the spool " + _options.directory.string() +
                                           "; give this one its own (inbox.spool)");
}

void Spool::recover()
{
    std::vector<std::pair<std::uint64_t, std::filesystem::path>> found;
    for (const auto& each : std::filesystem::directory_iterator(_options.directory))
        if (const auto number = numberOf(each.path()))
            found.emplace_back(*number, each.path());
    std::sort(found.begin(), found.end());
    for (const auto& [number, path] : found) {
        std::vector<SpoolFile::Record> records;
        File& file = _files.emplace_back(File{number, SpoolFile::open(path, records)});
        file.open = records.size();
        for (const SpoolFile::Record& record : records)
            _entries.push_back({&file, record});
        _number = number;
    }
    if (!_entries.empty())
        Log::info("messages of an earlier run wait in the spool",
                  {{"messages", static_cast<std::int64_t>(_entries.size())}});
    removeSettled();
}

void Spool::append(std::string record, Done done)
{
    {
        const std::lock_guard lock(_mutex);
        if (roomTaken() + bytesOf(record) > _options.bytesMax) {
            _refusing = true;
            throw Error(Refusal::Unavailable, "the database is away, and the spool is full (" +
                                                  std::to_string(_options.bytesMax) + " bytes)");
        }
        _waitingBytes += bytesOf(record);
        _waiting.push_back({std::move(record), std::move(done)});
    }
    _wake.notify_one();
}

std::vector<std::string> Spool::front(std::size_t most) const
{
    const std::lock_guard lock(_mutex);
    std::vector<std::string> records;
    for (const Entry& entry : _entries) {
        if (records.size() == most)
            break;
        records.push_back(entry.in->file->read(entry.record));
    }
    return records;
}

void Spool::settle(const std::vector<bool>& taken)
{
    const std::lock_guard lock(_mutex);
    for (const bool gone : taken) {
        const Entry entry = _entries.front();
        _entries.pop_front();
        if (gone)
            --entry.in->open;
        else
            _refused.push_back(entry);
    }
    removeSettled();
}

Spool::Figures Spool::figures() const
{
    const std::lock_guard lock(_mutex);
    Figures figures;
    for (const File& file : _files)
        figures.bytes += file.file->bytes();
    figures.refused = static_cast<std::int64_t>(_refused.size());
    figures.records = static_cast<std::int64_t>(_entries.size()) + figures.refused;
    if (!_refused.empty())
        figures.oldest = _refused.front().record.kept;
    else if (!_entries.empty())
        figures.oldest = _entries.front().record.kept;
    figures.accepting = !_refusing;
    return figures;
}

std::int64_t Spool::roomTaken() const
{
    std::int64_t bytes = _waitingBytes;
    for (const File& file : _files)
        bytes += file.file->bytes();
    return bytes;
}

void Spool::run(const std::stop_token& stop)
{
    pthread_setname_np(pthread_self(), "spool");
    std::unique_lock lock(_mutex);
    while (true) {
        _wake.wait(lock, stop, [this] { return !_waiting.empty(); });
        if (_waiting.empty())
            return;
        auto group = takeGroup();
        _writing = true;
        lock.unlock();
        write(std::move(group));
        lock.lock();
    }
}

std::vector<Spool::Waiting> Spool::takeGroup()
{
    std::vector<Waiting> group;
    for (std::int64_t bytes = 0; !_waiting.empty() && bytes < _options.fileBytesMax;) {
        bytes += bytesOf(_waiting.front().record);
        group.push_back(std::move(_waiting.front()));
        _waiting.pop_front();
    }
    return group;
}

void Spool::write(std::vector<Waiting> group)
{
    std::vector<std::string_view> contents;
    std::int64_t bytes = 0;
    for (const Waiting& each : group) {
        contents.emplace_back(each.record);
        bytes += bytesOf(each.record);
    }
    std::exception_ptr why;
    File* file = nullptr;
    std::vector<SpoolFile::Record> records;
    try {
        file = &fileToWrite();
        records = file->file->append(contents, _clock.now());
    } catch (const std::system_error& error) {
        Log::error("the spool cannot be written", {{"reason", error.what()}});
        why = std::make_exception_ptr(
            Error(Refusal::Unavailable, "the database is away, and the spool cannot be "
                                        "written: " +
                                            error.code().message()));
    }
    {
        const std::lock_guard lock(_mutex);
        _writing = false;
        _waitingBytes -= bytes;
        _refusing = why != nullptr;
        for (const SpoolFile::Record& record : records)
            _entries.push_back({file, record});
        if (file != nullptr)
            file->open += records.size();
        removeSettled();
    }
    for (const Waiting& each : group)
        Writer::guarded("answering for the spool", [&] { each.done(why); });
}

Spool::File& Spool::fileToWrite()
{
    {
        const std::lock_guard lock(_mutex);
        if (!_files.empty() && _files.back().file->writable() &&
            _files.back().file->bytes() < _options.fileBytesMax)
            return _files.back();
        ++_number;
    }
    auto made = SpoolFile::create(_options.directory / nameOf(_number));
    const std::lock_guard lock(_mutex);
    return _files.emplace_back(File{_number, std::move(made)});
}

/// Not the one that is being written to.
void Spool::removeSettled()
{
    for (auto file = _files.begin(); file != _files.end();) {
        const bool last = std::next(file) == _files.end();
        if (file->open > 0 || (last && _writing)) {
            ++file;
            continue;
        }
        _refusing = false;
        file->file->remove();
        file = _files.erase(file);
    }
}

} // namespace spokehub::store
