#include "Runner.h"

#include "Exports.h"

#include "core/Log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace spokehub::check
{

namespace
{

using Clock = std::chrono::steady_clock;

constexpr std::size_t noteBytes = 1024;
constexpr std::size_t outputShownBytes = 300;

[[noreturn]] void systemFails(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

/// A descriptor that is closed with its scope.
class Descriptor
{
public:
    explicit Descriptor(int number) : _number(number) {}
    ~Descriptor() { release(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const { return _number; }
    void release()
    {
        if (_number >= 0)
            close(_number);
        _number = -1;
    }

private:
    int _number;
};

/// Memory that parent and child both see; the child's last words, whatever becomes of it.
class SharedNote
{
public:
    SharedNote()
        : _text(static_cast<char*>(
              mmap(nullptr, noteBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)))
    {
        if (_text == MAP_FAILED)
            systemFails("mmap");
    }
    ~SharedNote() { munmap(_text, noteBytes); }
    SharedNote(const SharedNote&) = delete;
    SharedNote& operator=(const SharedNote&) = delete;

    std::span<char> span() { return {_text, noteBytes}; }
    std::string text() const { return {_text, strnlen(_text, noteBytes)}; }

private:
    char* _text;
};

Outcome outcomeOf(const Check& check, Trial& trial)
{
    try {
        check.run(trial);
        return {};
    } catch (const Skip& skip) {
        return {Verdict::Skipped, skip.what()};
    } catch (const Fault& fault) {
        return {Verdict::Failed, fault.what()};
    } catch (const std::exception& error) {
        return {Verdict::Failed, error.what()};
    }
}

/// The life of the child: one check, its outcome into the pipe, and gone without destructors of the
/// spoke.
[[noreturn]] void live(const Check& check, const Plan& plan, SharedNote& note, int pipe, int output)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    Log::threshold(Level::Error); // what the host warns of is no word of the spoke
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    std::string said;
    {
        Trial trial(plan, note.span());
        const auto outcome = outcomeOf(check, trial);
        said = std::to_string(static_cast<int>(outcome.verdict)) + outcome.seen;
    }
    for (std::size_t at = 0; at < said.size();) {
        const auto written = write(pipe, said.data() + at, said.size() - at);
        if (written <= 0)
            break;
        at += static_cast<std::size_t>(written);
    }
    _exit(0);
}

/// What the child says until it ends; nothing when it does not end in time.
std::optional<std::string> hear(int pipe, Clock::time_point until)
{
    std::string said;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
        pollfd wait{pipe, POLLIN, 0};
        const int ready = left <= 0 ? 0 : poll(&wait, 1, static_cast<int>(left));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return std::nullopt;
        std::array<char, 4096> piece{};
        const auto got = read(pipe, piece.data(), piece.size());
        if (got <= 0)
            return said;
        said.append(piece.data(), static_cast<std::size_t>(got));
    }
}

std::string lastWords(int output)
{
    std::string text(outputShownBytes, '\0');
    const auto got = pread(output, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    std::ranges::replace(text, '\n', ' ');
    return text.empty() ? "" : "; it wrote: " + text;
}

std::string whileDoing(const SharedNote& note)
{
    const auto text = note.text();
    return text.empty() ? "" : " during " + text;
}

Outcome ended(int status, const SharedNote& note, int output)
{
    std::string how = "the spoke ended the process with exit code " +
                      std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        how = "the spoke did what is forbidden here";
    else if (WIFSIGNALED(status))
        how = "the spoke crashed (" +
              std::string(sigabbrev_np(WTERMSIG(status)) != nullptr ? sigabbrev_np(WTERMSIG(status))
                                                                    : "signal") +
              ")";
    return {Verdict::Failed, how + whileDoing(note) + lastWords(output)};
}

} // namespace

Result run(const Check& check, const Plan& plan)
{
    const auto begun = Clock::now();
    SharedNote note;
    const Descriptor output(memfd_create("output", MFD_CLOEXEC));
    std::array<int, 2> ends{};
    if (output.number() < 0 || pipe2(ends.data(), O_CLOEXEC) != 0)
        systemFails("pipe");
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    const pid_t child = fork();
    if (child < 0)
        systemFails("fork");
    if (child == 0)
        live(check, plan, note, writing.number(), output.number());
    writing.release();
    const auto patience = std::chrono::seconds(plan.patienceSeconds) * check.patience;
    const auto said = hear(reading.number(), begun + patience);
    if (!said)
        kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    if (!said)
        return {&check,
                {Verdict::Failed, "the spoke did not come back within " +
                                      std::to_string(patience.count()) + " seconds" +
                                      whileDoing(note)},
                took};
    if (said->empty() || said->front() < '0' || said->front() > '2')
        return {&check, ended(status, note, output.number()), took};
    return {&check, {static_cast<Verdict>(said->front() - '0'), said->substr(1)}, took};
}

std::string notASpoke(const std::filesystem::path& file)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        return "there is no such file; correct the path, or build the spoke";
    const auto symbols = exportsOf(file);
    if (!symbols)
        return "it is not a shared library of this system; build the spoke";
    if (std::ranges::find(*symbols, "spokehub_entry") == symbols->end())
        return "it does not export spokehub_entry, so it is no spoke; build it with "
               "spokehub_add_spoke";
    return {};
}

} // namespace spokehub::check
