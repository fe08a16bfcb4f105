#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace spokehub::cli
{

/// How far long work is, on one line of a terminal, and how long the rest will take when it is
/// known how much there is. Says nothing where nobody sits before a terminal.
class Progress
{
public:
    explicit Progress(std::string what, std::optional<std::int64_t> all = {}, bool shown = true);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(std::int64_t done) const;

private:
    const std::string _what; // "rows"
    const std::optional<std::int64_t> _all;
    const bool _shown;
    const std::chrono::steady_clock::time_point _begun = std::chrono::steady_clock::now();
};

/// "1500 of 12000 rows, 300 a second, 35 s left"
std::string progressText(const std::string& what, std::int64_t done,
                         std::optional<std::int64_t> all, double seconds);

} // namespace spokehub::cli
