#pragma once

#include "SignedOrders.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace spokehub::bench
{

inline constexpr const char* apiKey = "bench-key-0123456789abcdef";
inline constexpr const char* webhookSecret = "bench-webhook-secret";
inline constexpr const char* shopToken = "shpat_bench";

/// A channel of the hub's configuration.
struct ChannelSetup
{
    std::string name;
    std::string spoke;
    std::string settings;           // YAML of one line, in braces
    std::vector<std::string> reads; // streams; the others are off
    bool push = true;
};

/// A real `spokehubd` with a configuration of its own, from its start to its end.
class HubProcess
{
public:
    /// Returns when the hub is ready. Throws with the end of its log when it does not come up.
    HubProcess(const std::filesystem::path& folder, const std::string& databaseUrl,
               const std::vector<ChannelSetup>& channels);
    ~HubProcess(); // asks it to end, and waits

    /// Without being asked: kill -9.
    void kill();

    std::uint16_t port() const { return _port; }
    /// From the start of the program to its first good answer.
    std::chrono::microseconds startTook() const { return _startTook; }
    double cpuSeconds() const;
    /// Of its threads, by their names without numbers.
    std::map<std::string, double> cpuSecondsOfThreads() const;
    std::int64_t residentKiB() const;
    /// Of that, what no file stands behind.
    std::int64_t ownKiB() const;

    struct Reply
    {
        int status = 0;
        std::string body;
    };
    Reply get(const std::string& path) const;
    /// Throws with what was answered when that is no success.
    std::string post(const std::string& path, const std::string& body = {}) const;
    /// Messages kept and not yet applied.
    std::int64_t backlog() const;

private:
    void spawn();
    void awaitReady();
    void end();
    std::string logText() const;
    std::int64_t statusKiB(std::string_view name) const;

    const std::filesystem::path _folder;
    pid_t _pid = -1;
    std::uint16_t _port = 0;
    std::chrono::microseconds _startTook{};
};

/// Head and body of an API request with the key.
void fillJson(Outgoing& out, const std::string& path, std::string body);
void fillGet(Outgoing& out, const std::string& path);

} // namespace spokehub::bench
