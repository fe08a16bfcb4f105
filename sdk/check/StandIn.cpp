#include "StandIn.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace spokehub::check
{

namespace
{

namespace fs = std::filesystem;

constexpr int answerMsMax = 20'000;

/// "./shop.py" is beside the fixtures; a bare name is beside this program, else on the PATH.
std::string programOf(const std::string& name, const fs::path& folder)
{
    if (name.find('/') != std::string::npos)
        return fs::absolute(folder / name).string();
    std::error_code error;
    const auto beside = fs::read_symlink("/proc/self/exe", error).parent_path() / name;
    return fs::exists(beside, error) ? beside.string() : name;
}

/// In the child, after the fork: nothing but what is safe there.
[[noreturn]] void become(const std::vector<char*>& arguments, const char* folder, int socket)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0 || chdir(folder) != 0)
        _exit(126);
    execvp(arguments[0], arguments.data());
    _exit(127);
}

} // namespace

StandIn::StandIn(const std::vector<std::string>& command, const fs::path& folder)
    : _name(command.front())
{
    std::vector<std::string> words = command;
    words.front() = programOf(words.front(), folder);
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        fail(std::string("no socket for it: ") + std::strerror(errno));
    const std::string where = fs::absolute(folder).string();
    _pid = fork();
    if (_pid == 0)
        become(arguments, where.c_str(), ends[1]);
    close(ends[1]);
    _socket = ends[0];
    if (_pid < 0)
        fail(std::string("it cannot be started: ") + std::strerror(errno));
}

StandIn::~StandIn()
{
    if (_socket >= 0)
        close(_socket);
    if (_pid > 0) {
        kill(_pid, SIGKILL);
        waitpid(_pid, nullptr, 0);
    }
}

Value StandIn::ask(const Value& question)
{
    write(question.dump(-1, ' ', false, Value::error_handler_t::replace) + "\n");
    const std::string line = readLine();
    const auto answer = Value::parse(line, nullptr, false);
    if (!answer.is_object())
        fail("it answered what is not a JSON object: " + line.substr(0, 200));
    return answer;
}

void StandIn::write(const std::string& line)
{
    for (std::size_t at = 0; at < line.size();) {
        const auto sent = send(_socket, line.data() + at, line.size() - at, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            fail("it ended");
        at += static_cast<std::size_t>(sent);
    }
}

std::string StandIn::readLine()
{
    for (std::size_t seen = 0;;) {
        if (const auto end = _buffer.find('\n', seen); end != std::string::npos) {
            std::string line = _buffer.substr(0, end);
            _buffer.erase(0, end + 1);
            return line;
        }
        seen = _buffer.size();
        pollfd wait{_socket, POLLIN, 0};
        if (poll(&wait, 1, answerMsMax) == 0)
            fail("it gave no answer for " + std::to_string(answerMsMax / 1000) + " seconds");
        std::array<char, 65536> piece{};
        const auto got = recv(_socket, piece.data(), piece.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            fail("it ended without an answer; start it by hand and give it a line");
        _buffer.append(piece.data(), static_cast<std::size_t>(got));
    }
}

void StandIn::fail(const std::string& what) const
{
    throw FixtureError("the stand-in '" + _name + "' of the fixtures failed: " + what);
}

} // namespace spokehub::check
