#pragma once

#include "Ceilings.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace spokehub::bench
{

/// One measured figure, and what stands beside it.
struct Figure
{
    std::string what;
    std::string engine;
    std::string unit = "/s";
    double value = 0;
    std::optional<double> aim{};
    std::optional<double> p50{}; // ms
    std::optional<double> p99{};
    std::vector<Ceiling> ceilings{};
    std::optional<double> hubMicros{};    // of processor time for each, in the hub
    std::optional<double> serverMicros{}; // in the database's server
    std::optional<double> residentMiB{};  // of the hub, after it
    std::vector<std::string> notes{};
};

/// 12345 as "12,345".
std::string grouped(std::int64_t number);
/// Of values in microseconds, in milliseconds; sorts them.
double percentileMs(std::vector<std::uint32_t>& micros, double part);

void printTable(std::ostream& out, const std::vector<Figure>& figures);
void printJson(std::ostream& out, const std::vector<Figure>& figures);

} // namespace spokehub::bench
