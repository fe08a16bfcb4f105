#pragma once

#include "SignedOrders.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace spokehub::bench
{

inline constexpr const char* apiKey = "bench-key-0123456789abcdef";
inline constexpr const char* webhookSecret = "bench-webhook-secret";
inline constexpr const char* shopToken = "shpat_bench";

/// A channel of the hub's configuration, with the Shopify spoke.
struct ChannelSetup
{
    std::string name;
    std::string shop; // its domain
    std::string url;  // where its stand-in listens
    bool push = true;
    bool readListings = false; // else nothing is read
};

/// A real `spokehubd` with a configuration of its own, from its start to its end.
class HubProcess
{
public:
    /// Returns when the hub is ready. Throws with the end of its log when it does not come up.
    HubProcess(const std::filesystem::path& folder, const std::string& databaseUrl,
               const std::vector<ChannelSetup>& channels);
    ~HubProcess(); // asks it to end, and waits

    std::uint16_t port() const { return _port; }
    double cpuSeconds() const;
    std::int64_t residentKiB() const;

    struct Reply
    {
        int status = 0;
        std::string body;
    };
    Reply get(const std::string& path) const;
    /// Messages kept and not yet applied.
    std::int64_t backlog() const;

private:
    void spawn();
    void awaitReady();
    void end();
    std::string logText() const;

    const std::filesystem::path _folder;
    pid_t _pid = -1;
    std::uint16_t _port = 0;
};

/// Head and body of an API request with the key.
void fillJson(Outgoing& out, const std::string& path, std::string body);

} // namespace spokehub::bench
