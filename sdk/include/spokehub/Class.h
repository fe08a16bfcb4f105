#pragma once

#include "spokehub/abi.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace spokehub
{
inline namespace sdk
{

/// How a verb, or one pushed item, ended; the numbers are those of the border. The hub has one
/// reaction to each.
enum class Class : std::int32_t
{
    Done = SPH_DONE,
    Retry = SPH_RETRY,
    RateLimited = SPH_RATE_LIMITED,
    Auth = SPH_AUTH,
    Conflict = SPH_CONFLICT,
    UnknownOutcome = SPH_UNKNOWN_OUTCOME,
    Unmatched = SPH_UNMATCHED,
    Rejected = SPH_REJECTED,
    Config = SPH_CONFIG,
    Unsupported = SPH_UNSUPPORTED,
    Bug = SPH_BUG,
    Cancelled = SPH_CANCELLED,
};

namespace detail
{

constexpr std::string_view classNames[] = {
    "done",      "retry",    "rate_limited", "auth",        "conflict", "unknown_outcome",
    "unmatched", "rejected", "config",       "unsupported", "bug",      "cancelled"};
constexpr std::int32_t classCount = sizeof classNames / sizeof classNames[0];

} // namespace detail

/// "rate_limited": the word used in documents, tables and the API.
constexpr std::string_view toText(Class kind)
{
    return detail::classNames[static_cast<std::int32_t>(kind)];
}

inline std::optional<Class> classFromText(std::string_view text)
{
    for (std::int32_t i = 0; i < detail::classCount; ++i)
        if (detail::classNames[i] == text)
            return static_cast<Class>(i);
    return std::nullopt;
}

/// A number that came over the border; one that nobody knows is a bug of the other side.
constexpr Class classFromNumber(std::int32_t number)
{
    return number >= 0 && number < detail::classCount ? static_cast<Class>(number) : Class::Bug;
}

/// Thrown out of a verb to end it with a class and a reason. It never crosses the border.
class Failure : public std::runtime_error
{
public:
    Failure(Class kind, const std::string& reason,
            std::optional<std::chrono::milliseconds> retryAfter = std::nullopt)
        : std::runtime_error(reason), _kind(kind), _retryAfter(retryAfter)
    {
    }

    Class kind() const { return _kind; }
    std::optional<std::chrono::milliseconds> retryAfter() const { return _retryAfter; }

private:
    Class _kind;
    std::optional<std::chrono::milliseconds> _retryAfter;
};

} // namespace sdk
} // namespace spokehub
