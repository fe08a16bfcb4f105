#include "api/Limits.h"

#include <algorithm>
#include <cmath>

namespace spokehub::api
{

namespace
{

constexpr std::size_t bucketsMax = 10'000;
constexpr double microsOfMinute = 60e6;

} // namespace

RateLimits::Standing RateLimits::take(Id tenant, const std::string& actor, Time now)
{
    Standing standing;
    const std::int64_t perMinute = _perMinute;
    if (perMinute == 0)
        return standing;
    const auto full = static_cast<double>(perMinute);
    const std::lock_guard lock(_mutex);
    if (_buckets.size() > bucketsMax)
        dropFull(now);
    const auto [at, fresh] = _buckets.try_emplace({tenant, actor}, Bucket{full, now});
    Bucket& bucket = at->second;
    const auto passed = static_cast<double>(std::max<std::int64_t>(0, (now - bucket.at).count()));
    bucket.tokens = std::min(full, bucket.tokens + passed * full / microsOfMinute);
    bucket.at = now;
    standing.allowed = bucket.tokens >= 1;
    if (standing.allowed)
        bucket.tokens -= 1;
    else
        standing.retryAfter =
            static_cast<int>(std::ceil((1 - bucket.tokens) * 60 / full)); // at least 1
    const auto reset = static_cast<std::int64_t>(std::ceil((full - bucket.tokens) * 60 / full));
    standing.headers = {
        {"RateLimit-Limit", std::to_string(perMinute)},
        {"RateLimit-Remaining", std::to_string(static_cast<std::int64_t>(bucket.tokens))},
        {"RateLimit-Reset", std::to_string(reset)}};
    return standing;
}

/// Whoever was quiet for a minute has all he may have: nothing is lost with his bucket.
void RateLimits::dropFull(Time now)
{
    std::erase_if(_buckets, [&](const auto& each) {
        return static_cast<double>((now - each.second.at).count()) >= microsOfMinute;
    });
}

bool UnderWay::enter(Id tenant, const std::string& key)
{
    const std::lock_guard lock(_mutex);
    return _keys.emplace(tenant, key).second;
}

void UnderWay::leave(Id tenant, const std::string& key)
{
    const std::lock_guard lock(_mutex);
    _keys.erase({tenant, key});
}

} // namespace spokehub::api
