#pragma once

#include "core/Config.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>

namespace spokehub::test
{

/// The daemon as a process of its own, for what a test in one process cannot do: kill it.
class HubProcess
{
public:
    using Environment = std::map<std::string, std::string>;

    /// `yaml` says "PORT" where the port goes; a free one is found and kept.
    HubProcess(std::string yaml, Environment environment, std::string program = "spokehubd");
    ~HubProcess(); // ends it

    /// Starts it and waits until it is ready; false when it ends before that.
    bool tryStart();
    void start();
    bool alive();
    void kill();     // -9, and waited for
    int terminate(); // TERM; the exit code
    int end();       // waits for the end; the exit code, -1 when a signal did it
    void signal(int number);

    std::uint16_t port() const { return _port; }
    const std::filesystem::path& directory() const { return _directory; }
    Config config() const;
    std::string log() const; // of all its runs

private:
    bool ready() const;
    void spawn();

    const std::string _program;
    std::filesystem::path _directory;
    Environment _environment;
    std::uint16_t _port = 0;
    std::atomic<pid_t> _pid = -1; // a test may start it on another thread
};

} // namespace spokehub::test
