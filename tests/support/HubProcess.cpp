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
#include <sstream>
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

HubProcess::HubProcess(std::string yaml, Environment environment, std::string program)
    : _program(std::string(binaryDir) + "/bin/" + program), _environment(std::move(environment)),
      _port(freePort())
{
    std::string name = (std::filesystem::temp_directory_path() / "spokehub-hub-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a directory for the hub");
    _directory = name;
    yaml.replace(yaml.find("PORT"), 4, std::to_string(_port));
    std::ofstream(_directory / "hub.yaml") << yaml;
}

HubProcess::~HubProcess()
{
    if (alive()) {
        ::kill(_pid, SIGKILL);
        ::waitpid(_pid, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(_directory, ignored);
}

void HubProcess::spawn()
{
    const std::string config = "--config=" + (_directory / "hub.yaml").string();
    std::vector<std::string> variables;
    for (const auto& [name, value] : _environment)
        variables.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (std::string& variable : variables)
        environment.push_back(variable.data());
    environment.push_back(nullptr);
    char* arguments[] = {const_cast<char*>(_program.c_str()), const_cast<char*>(config.c_str()),
                         nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, _directory.c_str());
    posix_spawn_file_actions_addopen(&actions, 2, (_directory / "log").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    pid_t pid = -1;
    const int failed =
        ::posix_spawn(&pid, _program.c_str(), &actions, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&actions);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(_program, 0, failed);
    _pid = pid;
}

bool HubProcess::ready() const
{
    try {
        return HttpClient(_port).get("/health/ready").status == 200;
    } catch (const std::exception&) {
        return false; // it does not listen yet, or no more
    }
}

bool HubProcess::tryStart()
{
    spawn();
    eventually("the hub is ready, or has ended", [this] { return !alive() || ready(); });
    return alive();
}

void HubProcess::start()
{
    const bool started = tryStart();
    CPPUNIT_ASSERT_MESSAGE("the hub ended by itself: " + log(), started);
}

bool HubProcess::alive()
{
    if (_pid > 0 && ::waitpid(_pid, nullptr, WNOHANG) == _pid)
        _pid = -1;
    return _pid > 0;
}

void HubProcess::signal(int number)
{
    CPPUNIT_ASSERT_MESSAGE("the hub runs", alive()); // a pid that is not there may be anybody's
    ::kill(_pid, number);
}

void HubProcess::kill()
{
    if (!alive())
        return;
    signal(SIGKILL);
    end();
}

int HubProcess::terminate()
{
    signal(SIGTERM);
    return end();
}

int HubProcess::end()
{
    int status = 0;
    if (_pid < 0 || ::waitpid(_pid, &status, 0) != _pid)
        return -1;
    _pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Config HubProcess::config() const
{
    return Config::load((_directory / "hub.yaml").string(),
                        [this](const std::string& name) -> std::optional<std::string> {
                            const auto found = _environment.find(name);
                            return found == _environment.end() ? std::nullopt
                                                               : std::optional(found->second);
                        });
}

std::string HubProcess::log() const
{
    std::stringstream text;
    text << std::ifstream(_directory / "log").rdbuf();
    return text.str();
}

} // namespace spokehub::test
