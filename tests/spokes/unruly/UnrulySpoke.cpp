// A spoke that misbehaves as it is told: by the setting "fault" when it is opened, by the body of a
// webhook or a message, by the id of a pull, and by the SKU of a pushed item.
#include "spokehub/Spoke.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace unruly
{

using namespace spokehub;

/// What an attempt at something forbidden came to.
std::string outcome(bool done)
{
    return done ? "done" : std::string("refused: ") + std::strerror(errno);
}

std::string connected()
{
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    return outcome(socket >= 0);
}

std::string forked()
{
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(0);
    return outcome(child > 0);
}

std::string executed()
{
    char program[] = "/bin/true";
    char* arguments[] = {program, nullptr};
    const int error = ::execv(program, arguments);
    return outcome(error == 0);
}

std::string threaded()
{
    try {
        std::thread([] {}).join();
        return "done";
    } catch (const std::system_error& error) {
        errno = error.code().value();
        return outcome(false);
    }
}

/// Which descriptors there are, besides the standard ones.
std::string descriptors()
{
    std::string open;
    for (int i = 3; i < 1024; ++i) {
        char byte = 0;
        if (::read(i, &byte, 0) == 0 || errno != EBADF)
            open += (open.empty() ? "" : " ") + std::to_string(i);
    }
    return open;
}

std::string attempted(std::string_view what)
{
    if (what == "socket")
        return connected();
    if (what == "fork")
        return forked();
    if (what == "exec")
        return executed();
    if (what == "thread")
        return threaded();
    if (what == "read")
        return outcome(::open("/etc/passwd", O_RDONLY) >= 0);
    if (what == "write")
        return outcome(::open("/tmp/spokehub-unruly", O_WRONLY | O_CREAT, 0600) >= 0);
    if (what == "kill")
        return outcome(::kill(::getppid(), 0) == 0);
    if (what == "trace")
        return outcome(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr) == 0);
    if (what == "descriptors")
        return descriptors();
    if (what == "environment")
        return environ == nullptr || *environ == nullptr ? "empty" : *environ;
    return std::string(what);
}

[[noreturn]] void hang()
{
    for (;;)
        ::usleep(1000);
}

/// Keeps what it takes, until there is no more.
void leak()
{
    for (;;) {
        constexpr std::size_t piece = 16 * 1024 * 1024;
        std::memset(::operator new(piece), 1, piece);
    }
}

void babble()
{
    const std::string line(50, 'x');
    for (int i = 0; i < 5000; ++i)
        if (::write(STDERR_FILENO, (line + "\n").data(), line.size() + 1) < 0)
            return;
}

void sendGarbage()
{
    const std::string bytes(100, '\xee');
    for (int descriptor = 3; descriptor < 8; ++descriptor)
        if (::write(descriptor, bytes.data(), bytes.size()) > 0)
            hang();
}

/// Commits the fault, if it is one. Few return.
void commit(std::string_view fault)
{
    if (fault == "crash")
        std::raise(SIGSEGV);
    else if (fault == "abort")
        std::abort();
    else if (fault == "exit")
        std::exit(0);
    else if (fault == "hang")
        hang();
    else if (fault == "leak")
        leak();
    else if (fault == "garbage")
        sendGarbage();
    else if (fault == "babble")
        babble();
}

class UnrulySpoke final : public Spoke
{
public:
    static const char* manifest()
    {
        return R"({"name": "unruly", "version": "1.0.0",
            "verbs": ["check", "accept", "translate", "pull", "push"], "streams": ["orders", "listings"],
            "push": ["stock"], "settings": {"type": "object", "properties": {
                "fault": {"type": "string", "default": "", "description": "what goes wrong when it is opened"}}},
            "secrets": {"word": {"required": true}},
            "rate": {"capacity": 1000, "restore_per_second": 1000, "cost": 1, "batch_max": 100, "concurrency": 1}})";
    }

    UnrulySpoke(Host, const Settings& settings) { commit(settings.text("fault", "")); }

    Class check(Out& out) override
    {
        out.finding({"ok", "unruly", "pid " + std::to_string(::getpid()), ""});
        return Class::Done;
    }

    /// Genuine is what has an X-Id.
    Accepted accept(const Request& request) const override
    {
        commit(request.body());
        if (request.headerCount("x-id") != 1)
            return Accepted::forged("it has no X-Id");
        return Accepted::genuine(*request.header("x-id"), request.topic());
    }

    Class translate(const Message& message, Out& out) const override
    {
        const auto body = message.body();
        commit(body);
        commit(message.topic()); // which accept does not look at
        if (body == "huge")
            out.raw(SPH_DOC_NOTICE,
                    {body.data(), std::size_t{2} << 30}); // nobody may look at so much
        if (body == "invalid")
            out.raw(SPH_DOC_FACT, "{\"type\": \"order\"");
        else
            out.notice({"attempt", attempted(body)});
        return Class::Done;
    }

    /// With an id: commits it, between two documents.
    Class pull(std::string_view, const PullRequest& request, Out& out) override
    {
        out.level({"1", "", 5, ""});
        out.checkpoint({"1"});
        commit(request.id);
        if (request.id == "flood")
            flood(out);
        out.level({"2", "", 6, ""});
        return Class::Done;
    }

    Class push(const PushBatch& batch, Out& out) override
    {
        for (const StockItem& item : batch.stock) {
            commit(item.sku);
            out.result({item.item, Class::Done});
        }
        return Class::Done;
    }

private:
    /// Goes on although nobody wants more.
    static void flood(Out& out)
    {
        for (;;)
            try {
                out.level({"1", "", 5, ""});
            } catch (const Failure&) {
                continue;
            }
    }
};

} // namespace unruly

SPOKEHUB_EXPORT(unruly::UnrulySpoke);
