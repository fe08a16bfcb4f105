#include "spokes/InHand.h"

#include "core/Log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sstream>
#include <sys/file.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace spokehub::spokes
{

namespace
{

constexpr std::array<char, 8> magic = {'i', 'n', '_', 'h', 'a', 'n', 'd', '1'};
constexpr std::size_t slotsMax = 64; // calls at the same time; what is beyond is not noted
constexpr int filesMax = 16;         // hubs that share a directory
constexpr std::size_t crashedMax = 1000;

enum State : std::uint32_t
{
    Free,
    Writing,
    InCall,
    Blamed,
};

/// A text of bounded length; what does not fit is left out by its writer.
template <std::size_t sizeMax>
struct Text
{
    std::uint32_t size;
    char bytes[sizeMax];

    bool append(std::string_view more)
    {
        if (more.size() > sizeMax - size)
            return false;
        std::memcpy(bytes + size, more.data(), more.size());
        size += static_cast<std::uint32_t>(more.size());
        return true;
    }
    void assign(std::string_view text)
    {
        size = 0;
        append(text.substr(0, sizeMax));
    }
    std::string_view view() const { return {bytes, std::min<std::size_t>(size, sizeMax)}; }
};

std::string keyOf(std::string_view channel, std::string_view id)
{
    return std::string(channel) + " " + std::string(id);
}

template <class Visit>
void eachLine(std::string_view text, Visit&& visit)
{
    while (!text.empty()) {
        const auto end = text.find('\n');
        visit(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

} // namespace

struct InHand::Slot
{
    std::atomic<std::uint32_t> state;
    Text<64> channel;
    Text<16> verb;
    Text<8192> ids; // a line each
};

namespace
{

struct Layout
{
    std::array<char, 8> magic;
    InHand::Slot slots[slotsMax];
    Text<64 * 1024> crashed; // a line each: how often, channel, id
};

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

thread_local InHand::Slot* ofThisThread = nullptr;

void blame() noexcept
{
    if (ofThisThread != nullptr)
        ofThisThread->state = Blamed;
}

} // namespace

/// The mapped file; without one, plain memory of the same shape.
struct InHand::File
{
    explicit File(const std::filesystem::path& wanted)
    {
        const bool mapped = !wanted.empty() && map(wanted);
        if (!mapped)
            memory = std::make_unique<Layout>();
        layout = mapped ? layout : memory.get();
    }
    ~File()
    {
        if (!memory)
            ::munmap(layout, sizeof *layout);
        if (descriptor >= 0)
            ::close(descriptor);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool map(const std::filesystem::path& wanted)
    {
        std::error_code ignored; // opening says what is wrong
        std::filesystem::create_directories(wanted.parent_path(), ignored);
        for (int i = 1; i <= filesMax && descriptor < 0; ++i)
            open(i == 1 ? wanted.string() : wanted.string() + "." + std::to_string(i));
        // Its room is taken now: writing to a mapped file on a full disk ends the process.
        if (descriptor >= 0 && ::posix_fallocate(descriptor, 0, sizeof *layout) == 0) {
            void* at =
                ::mmap(nullptr, sizeof *layout, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
            if (at != MAP_FAILED) {
                layout = static_cast<Layout*>(at);
                if (layout->magic != magic) {
                    std::memset(at, 0, sizeof *layout);
                    layout->magic = magic;
                }
                return true;
            }
        }
        Log::warning(
            "calls into spokes are not noted: after a crash nobody knows what was in hand",
            {{"file", wanted.native()}, {"reason", std::generic_category().message(errno)}});
        return false;
    }

    void open(const std::string& name)
    {
        const int opened = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (opened >= 0 && ::flock(opened, LOCK_EX | LOCK_NB) == 0)
            descriptor = opened;
        else if (opened >= 0)
            ::close(opened);
    }

    Layout* layout = nullptr;
    std::unique_ptr<Layout> memory;
    int descriptor = -1;
};

InHand::InHand(const std::filesystem::path& file) : _file(std::make_unique<File>(file))
{
    takeOver();
}

InHand::~InHand() = default;

/// What the last hub had in hand when it ended. When a call was to blame, the others were not.
void InHand::takeOver()
{
    Layout& layout = *_file->layout;
    eachLine(layout.crashed.view(), [this](std::string_view line) {
        int times = 0;
        const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), times);
        const auto digits = static_cast<std::size_t>(rest - line.data());
        if (error == std::errc() && digits + 1 < line.size())
            _crashes.emplace(line.substr(digits + 1), times);
    });
    const bool blamed =
        std::ranges::any_of(layout.slots, [](const Slot& slot) { return slot.state == Blamed; });
    for (Slot& slot : layout.slots) {
        if (slot.state == (blamed ? Blamed : InCall)) {
            Log::error("the hub ended in the middle of a call into a spoke",
                       {{"channel", slot.channel.view()},
                        {"verb", slot.verb.view()},
                        {"in_hand", slot.ids.view()}});
            eachLine(slot.ids.view(),
                     [&](std::string_view id) { ++_crashes[keyOf(slot.channel.view(), id)]; });
        }
        slot.state = Free;
    }
    save();
}

void InHand::save()
{
    std::ostringstream lines;
    std::size_t left = crashedMax;
    for (const auto& [key, times] : _crashes)
        if (left-- > 0)
            lines << times << ' ' << key << '\n';
    _file->layout->crashed.assign(lines.str());
}

int InHand::crashes(std::string_view channel, std::string_view id) const
{
    const std::lock_guard lock(_mutex);
    const auto found = _crashes.find(keyOf(channel, id));
    return found == _crashes.end() ? 0 : found->second;
}

bool InHand::any() const
{
    const std::lock_guard lock(_mutex);
    return !_crashes.empty();
}

int InHand::crashed(std::string_view channel, std::string_view id)
{
    const std::lock_guard lock(_mutex);
    const int times = ++_crashes[keyOf(channel, id)];
    save();
    return times;
}

void InHand::cameThrough(std::string_view channel, std::string_view id)
{
    const std::lock_guard lock(_mutex);
    if (_crashes.erase(keyOf(channel, id)) > 0)
        save();
}

InHand::Note::Note(InHand& inHand, std::string_view channel, std::string_view verb,
                   std::span<const std::string> ids)
    : _slot(nullptr)
{
    for (Slot& slot : inHand._file->layout->slots) {
        std::uint32_t wanted = Free;
        if (!slot.state.compare_exchange_strong(wanted, Writing))
            continue;
        slot.channel.assign(channel);
        slot.verb.assign(verb);
        slot.ids.size = 0;
        for (const std::string& id : ids)
            if (!slot.ids.append(id + "\n"))
                break;
        slot.state = InCall;
        _slot = ofThisThread = &slot;
        return;
    }
}

InHand::Note::~Note()
{
    ofThisThread = nullptr;
    if (_slot != nullptr)
        _slot->state = Free;
}

void InHand::blameTheCrashing()
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // they have a report to write
    struct sigaction action = {};
    action.sa_handler = [](int signal) {
        blame();
        ::raise(signal);
    };
    action.sa_flags = SA_RESETHAND; // so that the second one ends the process
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
        ::sigaction(signal, &action, nullptr);
#endif
    endWhereSpokesExit();
}

/// What is registered last runs first: before the library's own objects are destroyed.
void InHand::endWhereSpokesExit()
{
    ::on_exit(
        [](int status, void*) {
            if (ofThisThread == nullptr)
                return;
            blame();
            ::_exit(status);
        },
        nullptr);
}

} // namespace spokehub::spokes
