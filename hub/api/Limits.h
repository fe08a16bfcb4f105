#pragma once

#include "core/Clock.h"
#include "core/Id.h"
#include "http/Message.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spokehub::api
{

/// How many requests a caller may still make: a minute's worth at once, and as many in each minute
/// after that. Counted by each hub for itself. Thread-safe.
class RateLimits
{
public:
    /// 0: no limit.
    explicit RateLimits(std::int64_t perMinute) : _perMinute(perMinute) {}

    struct Standing
    {
        bool allowed = true;
        std::vector<http::Header>
            headers;        // RateLimit-Limit, -Remaining, -Reset; none without limit
        int retryAfter = 0; // seconds, when it is not allowed
    };
    void set(std::int64_t perMinute) { _perMinute = perMinute; }
    Standing take(Id tenant, const std::string& actor, Time now);

private:
    struct Bucket
    {
        double tokens = 0;
        Time at;
    };
    void dropFull(Time now);

    std::atomic<std::int64_t> _perMinute;
    std::mutex _mutex;
    std::map<std::pair<Id, std::string>, Bucket> _buckets;
};

/// The keys of requests that are being answered: a second one under the same key is refused
/// meanwhile. Thread-safe.
class UnderWay
{
public:
    /// False when it is in already.
    bool enter(Id tenant, const std::string& key);
    void leave(Id tenant, const std::string& key);

private:
    std::mutex _mutex;
    std::set<std::pair<Id, std::string>> _keys;
};

} // namespace spokehub::api
