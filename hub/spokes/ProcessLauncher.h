#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <sys/types.h>
#include <thread>

namespace spokehub::spokes
{

/// Starts the processes of isolated spokes, all from one thread of its own: a child ends with the
/// thread that started it, so that no crash of the hub leaves one behind. Any thread may ask. It
/// outlives the processes.
class ProcessLauncher
{
public:
    struct Child
    {
        pid_t pid = -1;
        int socket = -1; // its descriptor 3
        int output = -1; // what it writes to standard output and error; does not block
    };

    /// `program` is spokehub-spoke; by default the one beside this program.
    explicit ProcessLauncher(std::filesystem::path program = besideThis());
    ~ProcessLauncher();
    ProcessLauncher(const ProcessLauncher&) = delete;
    ProcessLauncher& operator=(const ProcessLauncher&) = delete;

    /// Throws SpokeError. The caller owns what it gets.
    Child launch(const std::filesystem::path& spoke);

    static std::filesystem::path besideThis();

private:
    void work(const std::stop_token& stop);

    const std::filesystem::path _program;
    std::mutex _mutex;
    std::condition_variable_any _asked;
    std::deque<std::function<void()>> _work;
    std::jthread _thread; // starts with the first launch
};

} // namespace spokehub::spokes
