#include "sync/RetryPolicy.h"

#include <algorithm>

namespace spokehub::sync
{

std::chrono::milliseconds RetryPolicy::waitAfter(std::int64_t attempt, int random) const
{
    const auto doublings = std::clamp<std::int64_t>(attempt - 1, 0, 30);
    const auto full = std::min(cap, base * (std::int64_t{1} << doublings));
    return full / 2 + full * random / 2048;
}

} // namespace spokehub::sync
