#include "cli/Progress.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <unistd.h>

namespace spokehub::cli
{

Progress::Progress(std::string what, std::optional<std::int64_t> all, bool shown)
    : _what(std::move(what)), _all(all), _shown(shown && ::isatty(STDERR_FILENO) != 0)
{
}

Progress::~Progress()
{
    if (_shown)
        std::cerr << "\r\033[K" << std::flush;
}

void Progress::show(std::int64_t done) const
{
    if (!_shown)
        return;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - _begun).count();
    std::cerr << "\r\033[K" << progressText(_what, done, _all, seconds) << std::flush;
}

std::string progressText(const std::string& what, std::int64_t done,
                         std::optional<std::int64_t> all, double seconds)
{
    const double rate = static_cast<double>(done) / std::max(seconds, 0.001);
    std::string text = std::to_string(done) + (all ? " of " + std::to_string(*all) : "") + " " +
                       what + ", " + std::to_string(std::llround(rate)) + " a second";
    if (!all || done == 0)
        return text;
    const auto left =
        std::llround(std::ceil(static_cast<double>(std::max<std::int64_t>(0, *all - done)) / rate));
    return text + ", " +
           (left < 120 ? std::to_string(left) + " s" : std::to_string((left + 59) / 60) + " min") +
           " left";
}

} // namespace spokehub::cli
