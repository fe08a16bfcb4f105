#pragma once

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
    /// `yaml` says "PORT" where the port goes; a free one is found. Started at once, and waited for
    /// until it is ready.
    HubProcess(std::string yaml, std::map<std::string, std::string> environment);
    ~HubProcess(); // ends it

    void start();
    void kill();     // -9
    int terminate(); // TERM; the exit code

    std::uint16_t port() const { return _port; }

private:
    std::filesystem::path _directory;
    std::map<std::string, std::string> _environment;
    std::uint16_t _port = 0;
    pid_t _pid = -1;
};

} // namespace spokehub::test
