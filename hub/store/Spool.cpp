#include "store/Spool.h"

#include "core/Error.h"
#include "core/Log.h"
#include "store/Database.h"
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

std::filesystem::path Spool::placeOf(const std::string& told, const DatabaseUrl& url)
{
    if (!told.empty())
        return told;
    return url.engine == Engine::Sqlite ? url.sqliteFile + ".spool" : "var/spokehub.spool";
}

std::vector<std::filesystem::path> Spool::filesIn(const std::filesystem::path& directory)
{
    std::vector<std::filesystem::path> found;
    if (!std::filesystem::is_directory(directory))
        return found;
    for (const auto& each : std::filesystem::directory_iterator(directory))
        if (numberOf(each.path()))
            found.push_back(each.path());
    std::sort(found.begin(), found.end());
    return found;
}

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
    stop();
    ::close(_lock);
}

void Spool::stop()
{
    {
        const std::lock_guard lock(_mutex);
        _stopped = true;
    }
    _thread.request_stop();
    if (_thread.joinable())
        _thread.join();
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
    for (const auto& path : filesIn(_options.directory)) {
        std::vector<SpoolFile::Record> records;
        _number = *numberOf(path);
        File& file = _files.emplace_back(File{_number, SpoolFile::open(path, records)});
        file.open = records.size();
        for (const SpoolFile::Record& record : records)
            _entries.push_back({&file, record});
    }
    if (!_entries.empty())
        Log::info("messages of an earlier run wait in the spool",
                  {{"messages", static_cast<std::int64_t>(_entries.size())}});
    remove(takeSettled());
}

void Spool::append(std::string record, Done done)
{
    {
        const std::lock_guard lock(_mutex);
        if (_stopped)
            throw Error(Refusal::Unavailable, "the hub is stopping");
        if (roomTaken() + bytesOf(record) > _options.bytesMax) {
            _refusing = true;
            throw Error(Refusal::Unavailable,
                        "the database takes no writes at the moment, and the spool is full (" +
                            std::to_string(_options.bytesMax) + " bytes)");
        }
        _waitingBytes += bytesOf(record);
        _waiting.push_back({std::move(record), std::move(done)});
    }
    _wake.notify_one();
}

std::vector<std::string> Spool::front(std::size_t most, std::int64_t bytesMax) const
{
    std::vector<Entry> entries;
    {
        const std::lock_guard lock(_mutex);
        std::int64_t bytes = 0;
        for (const Entry& entry : _entries) {
            bytes += entry.record.length;
            if (entries.size() == most || (!entries.empty() && bytes > bytesMax))
                break;
            entries.push_back(entry);
        }
    }
    std::vector<std::string> records;
    records.reserve(entries.size());
    for (const Entry& entry : entries)
        records.push_back(entry.in->file->read(entry.record));
    return records;
}

bool Spool::drained() const
{
    const std::lock_guard lock(_mutex);
    return _entries.empty();
}

void Spool::settle(const std::vector<bool>& taken)
{
    std::list<File> settled;
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
        settled = takeSettled();
    }
    remove(settled);
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
            Error(Refusal::Unavailable,
                  "the database takes no writes at the moment, and the spool cannot be "
                  "written: " +
                      error.code().message()));
    }
    std::list<File> settled;
    {
        const std::lock_guard lock(_mutex);
        _writing = false;
        _waitingBytes -= bytes;
        _refusing = why != nullptr;
        for (const SpoolFile::Record& record : records)
            _entries.push_back({file, record});
        if (file != nullptr)
            file->open += records.size();
        settled = takeSettled();
    }
    remove(settled);
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
std::list<Spool::File> Spool::takeSettled()
{
    std::list<File> settled;
    for (auto file = _files.begin(); file != _files.end();) {
        const auto next = std::next(file);
        if (file->open == 0 && !(next == _files.end() && _writing))
            settled.splice(settled.end(), _files, file);
        file = next;
    }
    if (!settled.empty())
        _refusing = false;
    return settled;
}

void Spool::remove(const std::list<File>& files)
{
    for (const File& each : files)
        each.file->remove();
}

} // namespace spokehub::store
