#include "spokes/ProcessLauncher.h"

#include "spokes/SpokeError.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <future>
#include <spawn.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace spokehub::spokes
{

namespace
{

constexpr int socketDescriptor = 3; // child/main.cpp knows it

/// A descriptor that is closed unless it is released.
class Descriptor
{
public:
    explicit Descriptor(int number = -1) : _number(number) {}
    Descriptor(Descriptor&& other) noexcept : _number(other.release()) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor()
    {
        if (_number >= 0)
            ::close(_number);
    }
    int operator*() const { return _number; }
    int release() { return std::exchange(_number, -1); }

private:
    int _number;
};

[[noreturn]] void fail(const std::string& what, int error)
{
    throw SpokeError("the process of a spoke cannot be started: " + what + ": " +
                     std::generic_category().message(error));
}

/// The settings of one posix_spawn.
class Spawn
{
public:
    Spawn()
    {
        posix_spawn_file_actions_init(&_actions);
        posix_spawnattr_init(&_attributes);
        sigset_t none;
        sigset_t ends;
        sigemptyset(&none);
        sigemptyset(&ends);
        for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM})
            sigaddset(&ends, signal); // the hub ends it; a terminal and systemd tell all at once
        sigset_t all;
        sigfillset(&all);
        posix_spawnattr_setsigdefault(&_attributes, &all);
        posix_spawnattr_setsigmask(&_attributes, &ends);
        posix_spawnattr_setpgroup(&_attributes, 0);
        posix_spawnattr_setflags(&_attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETPGROUP);
    }
    ~Spawn()
    {
        posix_spawn_file_actions_destroy(&_actions);
        posix_spawnattr_destroy(&_attributes);
    }
    Spawn(const Spawn&) = delete;
    Spawn& operator=(const Spawn&) = delete;

    /// Nothing is inherited but the socket and the pipe.
    void descriptors(int socket, int output)
    {
        posix_spawn_file_actions_addopen(&_actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&_actions, output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&_actions, output, STDERR_FILENO);
        posix_spawn_file_actions_adddup2(&_actions, socket, socketDescriptor);
        posix_spawn_file_actions_addclosefrom_np(&_actions, socketDescriptor + 1);
    }

    /// No environment either: secrets stand in the hub's.
    pid_t run(const std::string& program, const std::string& spoke)
    {
        std::string hub = std::to_string(::getpid());
        std::string name = "spokehub-spoke";
        std::string file = spoke;
        char* arguments[] = {name.data(), file.data(), hub.data(), nullptr};
        char* environment[] = {nullptr};
        pid_t pid = -1;
        const int error =
            ::posix_spawn(&pid, program.c_str(), &_actions, &_attributes, arguments, environment);
        if (error != 0)
            fail(program, error);
        return pid;
    }

private:
    posix_spawn_file_actions_t _actions;
    posix_spawnattr_t _attributes;
};

/// A descriptor above those that the child's are put onto.
Descriptor above(int descriptor)
{
    Descriptor low(descriptor);
    const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 16);
    if (high < 0)
        fail("fcntl", errno);
    return Descriptor(high);
}

ProcessLauncher::Child spawn(const std::filesystem::path& program,
                             const std::filesystem::path& spoke)
{
    int sockets[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        fail("socketpair", errno);
    Descriptor ours(sockets[0]);
    const Descriptor theirs = above(sockets[1]);
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0)
        fail("pipe", errno);
    Descriptor output(pipe[0]);
    const Descriptor theirOutput = above(pipe[1]);
    ::fcntl(*output, F_SETFL, O_NONBLOCK);

    Spawn settings;
    settings.descriptors(*theirs, *theirOutput);
    const pid_t pid = settings.run(program.string(), spoke.string());
    return {pid, ours.release(), output.release()};
}

} // namespace

ProcessLauncher::ProcessLauncher(std::filesystem::path program) : _program(std::move(program)) {}

ProcessLauncher::~ProcessLauncher() = default;

std::filesystem::path ProcessLauncher::besideThis()
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "spokehub-spoke";
}

ProcessLauncher::Child ProcessLauncher::launch(const std::filesystem::path& spoke)
{
    std::promise<Child> child;
    auto launched = child.get_future();
    {
        const std::lock_guard lock(_mutex);
        if (!_thread.joinable())
            _thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
        _work.emplace_back([&] {
            try {
                child.set_value(spawn(_program, spoke));
            } catch (...) {
                child.set_exception(std::current_exception());
            }
        });
    }
    _asked.notify_one();
    return launched.get();
}

void ProcessLauncher::work(const std::stop_token& stop)
{
    std::unique_lock lock(_mutex);
    while (_asked.wait(lock, stop, [this] { return !_work.empty(); })) {
        const auto work = std::move(_work.front());
        _work.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

} // namespace spokehub::spokes
