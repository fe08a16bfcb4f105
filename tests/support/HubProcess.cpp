#include "support/HubProcess.h"
#include "support/Paths.h"

#include "support/HttpClient.h"
#include "support/RunningHub.h"

#include <cppunit/TestAssert.h>

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace spokehub::test
{

namespace
{

/// A port that was free a moment ago.
std::uint16_t freePort()
{
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no free port");
    ::close(socket);
    return ntohs(address.sin_port);
}

} // namespace

HubProcess::HubProcess(std::string yaml, std::map<std::string, std::string> environment)
    : _environment(std::move(environment)), _port(freePort())
{
    std::string name = (std::filesystem::temp_directory_path() / "spokehub-hub-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a directory for the hub");
    _directory = name;
    yaml.replace(yaml.find("PORT"), 4, std::to_string(_port));
    std::ofstream(_directory / "hub.yaml") << yaml;
    start();
}

HubProcess::~HubProcess()
{
    if (_pid > 0)
        kill();
    std::error_code ignored;
    std::filesystem::remove_all(_directory, ignored);
}

void HubProcess::start()
{
    const std::string program = std::string(binaryDir) + "/bin/spokehubd";
    const std::string config = "--config=" + (_directory / "hub.yaml").string();
    std::vector<std::string> variables;
    for (const auto& [name, value] : _environment)
        variables.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (std::string& variable : variables)
        environment.push_back(variable.data());
    environment.push_back(nullptr);
    char* arguments[] = {const_cast<char*>(program.c_str()), const_cast<char*>(config.c_str()),
                         nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, (_directory / "log").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int failed =
        ::posix_spawn(&_pid, program.c_str(), &actions, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&actions);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(program, 0, failed);
    eventually("the hub is ready", [this] {
        try {
            return HttpClient(_port).get("/health/ready").status == 200;
        } catch (const std::exception&) {
            int status = 0;
            CPPUNIT_ASSERT_MESSAGE("the hub ended by itself",
                                   ::waitpid(_pid, &status, WNOHANG) == 0);
            return false;
        }
    });
}

void HubProcess::kill()
{
    ::kill(_pid, SIGKILL);
    ::waitpid(_pid, nullptr, 0);
    _pid = -1;
}

int HubProcess::terminate()
{
    ::kill(_pid, SIGTERM);
    int status = 0;
    ::waitpid(_pid, &status, 0);
    _pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace spokehub::test
