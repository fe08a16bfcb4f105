#include "Daemon.h"

#include "Hub.h"

#include "core/Clock.h"
#include "core/ConfigChanges.h"
#include "core/Error.h"
#include "core/Log.h"
#include "spokes/InHand.h"
#include "store/Database.h"
#include "store/StoreError.h"

#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/OptionCallback.h>
#include <Poco/Util/ServerApplication.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace spokehub
{

namespace
{

/// Tells systemd, when it listens (Type=notify).
void notify(const std::string& state)
{
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || *path == '\0')
        return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t size = std::strlen(path);
    if (size >= sizeof address.sun_path)
        return;
    std::memcpy(address.sun_path, path, size);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return;
    ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<sockaddr*>(&address),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size));
    ::close(socket);
}

/// A connection is a file descriptor, and the usual soft limit of 1024 is for programs that use
/// select().
void allowManyConnections()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<std::string> contentOf(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

/// The migrations lie beside the program: bin/spokehubd and share/spokehub/migrations.
std::filesystem::path migrationsDirectory()
{
    const auto program = std::filesystem::read_symlink("/proc/self/exe");
    return program.parent_path().parent_path() / "share" / "spokehub" / "migrations";
}

class Daemon final : public Poco::Util::ServerApplication
{
protected:
    void defineOptions(Poco::Util::OptionSet& options) override
    {
        ServerApplication::defineOptions(options);
        using Poco::Util::Option;
        using Poco::Util::OptionCallback;
        options.addOption(Option("help", "h", "shows this")
                              .callback(OptionCallback<Daemon>(this, &Daemon::onHelp)));
        options.addOption(Option("version", "V", "shows the version")
                              .callback(OptionCallback<Daemon>(this, &Daemon::onVersion)));
        options.addOption(Option("config", "c", "the configuration file (config/spokehub.yaml)")
                              .argument("FILE")
                              .callback(OptionCallback<Daemon>(this, &Daemon::onConfig)));
        options.addOption(
            Option("check-config", "", "reads the configuration, says what is wrong, and ends")
                .callback(OptionCallback<Daemon>(this, &Daemon::onCheck)));
    }

    void onHelp(const std::string&, const std::string&)
    {
        Poco::Util::HelpFormatter help(options());
        help.setCommand(commandName());
        help.setUsage("--config=FILE [--check-config] [--daemon] [--pidfile=FILE]");
        help.setHeader("The Spokehub daemon: orders in, stock out, one truth between.");
        help.format(std::cout);
        stopOptionsProcessing();
        _ended = true;
    }

    void onVersion(const std::string&, const std::string&)
    {
        std::cout << "spokehubd " << SPOKEHUB_VERSION << '\n';
        stopOptionsProcessing();
        _ended = true;
    }

    void onConfig(const std::string&, const std::string& value) { _file = value; }
    void onCheck(const std::string&, const std::string&) { _checkOnly = true; }

    int main(const std::vector<std::string>&) override
    {
        if (_ended)
            return EXIT_OK;
        try {
            _text = contentOf(_file);
            const Config config = _text ? Config::parse(*_text, _file) : Config::load(_file);
            if (_checkOnly) {
                std::cout << _file << ": good\n";
                return EXIT_OK;
            }
            Log::threshold(config.log.level);
            allowManyConnections();
            const SystemClock clock;
            const std::unique_ptr<Hub> hub = open(config, clock);
            if (!hub)
                return EXIT_OK;
            hub->start();
            notify("READY=1");
            std::jthread reloads = reloadOnHangup(*hub);
            waitForTerminationRequest();
            notify("STOPPING=1");
            Log::info("stopping");
            _ending = true;
            ::kill(::getpid(), SIGHUP); // ends the thread that waits for it
            reloads.join();
            hub->stop();
            return EXIT_OK;
        } catch (const ConfigError& error) {
            std::cerr << error.what() << '\n';
            return EXIT_CONFIG;
        } catch (const std::exception& error) {
            std::cerr << "spokehubd: " << error.what() << '\n';
            return EXIT_SOFTWARE;
        }
    }

private:
    /// Waits for a database that is not there yet, as a hub that is started with the machine has
    /// to. Nothing when it is told to end meanwhile. One that is there by the time it is asked may
    /// not have been before: who is refused is refused twice.
    static std::unique_ptr<Hub> open(const Config& config, const Clock& clock)
    {
        constexpr std::chrono::milliseconds longest = std::chrono::seconds(5);
        std::chrono::milliseconds wait = std::chrono::milliseconds(100);
        for (bool refused = false;;) {
            try {
                return std::make_unique<Hub>(config, migrationsDirectory(), clock);
            } catch (const store::StoreError& error) {
                if (error.failure() != store::Failure::ConnectionLost)
                    throw;
                if (!store::DatabaseUrl::parse(config.database.url).isAway()) {
                    if (std::exchange(refused, true))
                        throw;
                    continue;
                }
                refused = false;
                Log::warning("the database is not there yet; the hub waits for it",
                             {{"why", error.what()}});
            }
            notify("STATUS=Waiting for the database\nEXTEND_TIMEOUT_USEC=60000000");
            if (toldToEndWithin(wait))
                return nullptr;
            wait = std::min(wait * 2, longest);
        }
    }

    static bool toldToEndWithin(std::chrono::milliseconds wait)
    {
        sigset_t endings;
        sigemptyset(&endings);
        for (const int signal : {SIGTERM, SIGINT, SIGQUIT})
            sigaddset(&endings, signal);
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
        const std::chrono::nanoseconds rest = wait - seconds;
        const timespec limit{seconds.count(), rest.count()};
        return sigtimedwait(&endings, nullptr, &limit) > 0;
    }

    /// HUP must not kill (its default). The file is read again and judged; what can be changed
    /// while the hub runs is, and the rest is named.
    std::jthread reloadOnHangup(Hub& hub)
    {
        return std::jthread([this, &hub] {
            sigset_t hangup;
            sigemptyset(&hangup);
            sigaddset(&hangup, SIGHUP);
            int signal = 0;
            while (sigwait(&hangup, &signal) == 0 && !_ending)
                reload(hub);
        });
    }

    void reload(Hub& hub)
    {
        try {
            const auto text = contentOf(_file);
            const Config config = text ? Config::parse(*text, _file) : Config::load(_file);
            hub.reload(config);
            Log::threshold(config.log.level);
            std::string waiting;
            for (const std::string& key : changedKeys(_text.value_or(""), text.value_or("")))
                if (!changesLive(key))
                    waiting += (waiting.empty() ? "" : ", ") + key;
            if (waiting.empty())
                Log::warning("the configuration is in use", {{"file", _file}});
            else
                Log::warning("the configuration is in use, but for what needs a restart",
                             {{"file", _file}, {"needs_restart", waiting}});
        } catch (const std::exception& error) {
            Log::error("the configuration has mistakes; the old one stays",
                       {{"file", _file}, {"reason", error.what()}});
        }
    }

    std::optional<std::string> _text; // of the configuration that the hub was started with
    std::string _file = "config/spokehub.yaml";
    bool _checkOnly = false;
    bool _ended = false;
    std::atomic<bool> _ending = false;
};

} // namespace

int runDaemon(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    spokes::InHand::blameTheCrashing();
    sigset_t waitedFor;
    sigemptyset(&waitedFor);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT, SIGQUIT})
        sigaddset(&waitedFor, signal);
    pthread_sigmask(SIG_BLOCK, &waitedFor, nullptr); // before any thread, so that all inherit it
    Daemon daemon;
    return daemon.run(argc, argv);
}

} // namespace spokehub
