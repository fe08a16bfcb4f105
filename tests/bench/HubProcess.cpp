#include "HubProcess.h"

#include "Interrupt.h"
#include "Store.h"

#include "support/HttpClient.h"
#include "support/Paths.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>

extern char** environ;

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;

constexpr auto startMax = 30s;
constexpr auto endMax = 30s;
constexpr auto answerMax = 600s;

void write(const std::filesystem::path& file, const std::string& text)
{
    std::ofstream out(file, std::ios::trunc);
    out << text;
    if (!out.flush())
        throw std::runtime_error(file.string() + " cannot be written");
}

std::string pullsOf(const ChannelSetup& channel)
{
    std::string text;
    for (const char* stream : {"orders", "listings", "levels", "shipments"}) {
        const bool read = std::ranges::find(channel.reads, stream) != channel.reads.end();
        text += (text.empty() ? "" : ", ") + std::string(stream) + (read ? ": 1h" : ": off");
    }
    return "{" + text + "}";
}

std::string channelText(const ChannelSetup& channel, const std::string& files)
{
    std::string text = "  - name: " + channel.name + "\n    spoke: " + channel.spoke +
                       "\n    settings: " + channel.settings + "\n    pull: " + pullsOf(channel) +
                       "\n    push: " + (channel.push ? "true" : "false") + "\n";
    if (channel.spoke == "shopify")
        text += "    secrets: {access_token: " + files + "token\", webhook_secret: [" + files +
                "secret\"]}\n";
    return text;
}

std::string configText(const std::filesystem::path& folder, const std::string& databaseUrl,
                       const std::vector<ChannelSetup>& channels)
{
    const std::string files = "\"file:" + folder.string() + "/";
    const std::string built = test::binaryDir;
    // The bulk shop in the hub's process, so that its work is counted with the hub's.
    std::string text = "server: {listen: \"127.0.0.1:0\"}\ndatabase: {url: \"" + databaseUrl +
                       "\"}\nspokes: {directories: [\"" + built + "/spokes\", \"" + built +
                       "/bench-spokes\"], isolation: {bulkshop: none}}\ninbox: {spool: \"" +
                       folder.string() + "/spool\"}\napi_keys: [{name: bench, key: " + files +
                       "key\", role: admin}]\n";
    text += channels.empty() ? "" : "channels:\n";
    for (const ChannelSetup& channel : channels)
        text += channelText(channel, files);
    return text;
}

} // namespace

HubProcess::HubProcess(const std::filesystem::path& folder, const std::string& databaseUrl,
                       const std::vector<ChannelSetup>& channels)
    : _folder(folder)
{
    write(folder / "key", apiKey);
    write(folder / "secret", webhookSecret);
    write(folder / "token", shopToken);
    write(folder / "hub.yaml", configText(folder, databaseUrl, channels));
    const auto begun = SteadyClock::now();
    spawn();
    try {
        awaitReady();
        _startTook =
            std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begun);
    } catch (...) {
        end();
        throw;
    }
}

HubProcess::~HubProcess()
{
    end();
}

void HubProcess::spawn()
{
    const std::string program = std::string(test::binaryDir) + "/bin/spokehubd";
    const std::string config = "--config=" + (_folder / "hub.yaml").string();
    const std::string log = (_folder / "hub.log").string();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    char* const arguments[] = {const_cast<char*>(program.c_str()),
                               const_cast<char*>(config.c_str()), nullptr};
    const int failure =
        ::posix_spawn(&_pid, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0)
        throw std::runtime_error(program + " cannot be started: " + std::strerror(failure));
}

/// The log says which port it took; then its own answer counts.
void HubProcess::awaitReady()
{
    const auto deadline = SteadyClock::now() + startMax;
    const std::string mark = "\"port\":";
    while (SteadyClock::now() < deadline) {
        if (::waitpid(_pid, nullptr, WNOHANG) == _pid) {
            _pid = -1;
            break;
        }
        const std::string text = logText();
        const std::size_t at = text.find(mark, text.find("\"listening\""));
        if (_port == 0 && at != std::string::npos && text.find('\n', at) != std::string::npos)
            _port = static_cast<std::uint16_t>(std::stoi(text.substr(at + mark.size())));
        if (_port != 0 && get("/health/ready").status == 200)
            return;
        throwIfInterrupted();
        std::this_thread::sleep_for(1ms);
    }
    throw std::runtime_error("the hub did not become ready; its log:\n" + logText());
}

void HubProcess::end()
{
    if (_pid < 0)
        return;
    ::kill(_pid, SIGTERM);
    const auto deadline = SteadyClock::now() + endMax;
    while (::waitpid(_pid, nullptr, WNOHANG) == 0) {
        if (SteadyClock::now() > deadline)
            ::kill(_pid, SIGKILL);
        std::this_thread::sleep_for(5ms);
    }
    _pid = -1;
}

void HubProcess::kill()
{
    ::kill(_pid, SIGKILL);
    ::waitpid(_pid, nullptr, 0);
    _pid = -1;
}

std::string HubProcess::logText() const
{
    std::ifstream file(_folder / "hub.log");
    return {std::istreambuf_iterator<char>(file), {}};
}

double HubProcess::cpuSeconds() const
{
    return cpuSecondsOf(_pid);
}

std::map<std::string, double> HubProcess::cpuSecondsOfThreads() const
{
    std::map<std::string, double> seconds;
    const auto tasks = "/proc/" + std::to_string(_pid) + "/task";
    for (const auto& thread : std::filesystem::directory_iterator(tasks)) {
        std::string name;
        const double used = cpuSecondsIn(thread.path(), name);
        name.erase(std::min(name.find_last_not_of("-0123456789") + 1, name.size()));
        seconds[name] += used;
    }
    return seconds;
}

std::int64_t HubProcess::residentKiB() const
{
    return statusKiB("VmRSS:");
}

std::int64_t HubProcess::ownKiB() const
{
    return statusKiB("RssAnon:");
}

std::int64_t HubProcess::statusKiB(std::string_view name) const
{
    std::ifstream file("/proc/" + std::to_string(_pid) + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name))
            return std::stoll(line.substr(name.size()));
    return 0;
}

HubProcess::Reply HubProcess::get(const std::string& path) const
{
    test::Reply reply = test::HttpClient(_port).get(path, {{"X-Api-Key", apiKey}});
    return {reply.status, std::move(reply.body)};
}

std::string HubProcess::post(const std::string& path, const std::string& body) const
{
    std::string answer;
    int status = 0;
    load(
        {.port = _port, .connections = 1, .silenceMax = answerMax},
        [&](std::uint64_t number, Outgoing& out) {
            fillJson(out, path, body);
            return number == 0;
        },
        [&](const Answered& answered) {
            status = answered.status;
            answer = answered.body;
        });
    if (status < 200 || status > 299)
        throw std::runtime_error("POST " + path + ": HTTP " + std::to_string(status) + ": " +
                                 answer);
    return answer;
}

std::int64_t HubProcess::backlog() const
{
    const Reply metrics = get("/metrics");
    const auto gauge = [&](const std::string& name) {
        const std::string mark = "\n" + name + " ";
        const std::size_t at = metrics.body.find(mark);
        if (at == std::string::npos)
            throw std::runtime_error("/metrics says nothing of " + name + ": HTTP " +
                                     std::to_string(metrics.status));
        return static_cast<std::int64_t>(std::stod(metrics.body.substr(at + mark.size())));
    };
    return gauge("spokehub_inbox_pending") + gauge("spokehub_spool_messages");
}

void fillJson(Outgoing& out, const std::string& path, std::string body)
{
    out.head =
        "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: " + apiKey +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n";
    out.shared = {};
    out.tail = std::move(body);
}

void fillGet(Outgoing& out, const std::string& path)
{
    out.head = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: " + apiKey + "\r\n\r\n";
    out.shared = {};
    out.tail.clear();
}

} // namespace spokehub::bench
