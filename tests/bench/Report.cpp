#include "Report.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <ostream>

namespace spokehub::bench
{

namespace
{

/// 12345.6 as "12,346"; small ones with two digits.
std::string number(double value)
{
    if (value >= 100)
        return grouped(static_cast<std::int64_t>(value + 0.5));
    char text[64];
    std::snprintf(text, sizeof text, "%.2f", value);
    return text;
}

std::string maybe(const std::optional<double>& value)
{
    return value ? number(*value) : "";
}

std::string row(const std::vector<std::string>& cells)
{
    constexpr int widths[] = {52, 9, 12, 8, 9, 9, 9, 9, 8};
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        char cell[128];
        std::snprintf(cell, sizeof cell, i < 2 ? "%-*s " : "%*s ", widths[i], cells[i].c_str());
        line += cell;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

} // namespace

std::string grouped(std::int64_t number)
{
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, ",");
    return digits;
}

double percentileMs(std::vector<std::uint32_t>& micros, double part)
{
    if (micros.empty())
        return 0;
    std::ranges::sort(micros);
    const auto at = static_cast<std::size_t>(part * static_cast<double>(micros.size() - 1) + 0.5);
    return micros[at] / 1000.0;
}

void printTable(std::ostream& out, const std::vector<Figure>& figures)
{
    out << row({"", "engine", "figure", "aim", "p50 ms", "p99 ms", "hub us", "server us", "MiB"});
    for (const Figure& figure : figures) {
        out << row({figure.what, figure.engine, number(figure.value) + figure.unit,
                    maybe(figure.aim), maybe(figure.p50), maybe(figure.p99),
                    maybe(figure.hubMicros), maybe(figure.serverMicros),
                    maybe(figure.residentMiB)});
        for (const Ceiling& ceiling : figure.ceilings) {
            char ratio[32];
            std::snprintf(ratio, sizeof ratio, "x %.2f", figure.value / ceiling.perSecond);
            out << row({"    beside " + ceiling.what, "", number(ceiling.perSecond) + "/s", ratio});
        }
        for (const std::string& note : figure.notes)
            out << "    " << note << "\n";
    }
}

void printJson(std::ostream& out, const std::vector<Figure>& figures)
{
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const Figure& figure : figures) {
        nlohmann::ordered_json one = {{"what", figure.what},
                                      {"engine", figure.engine},
                                      {"unit", figure.unit},
                                      {"value", figure.value}};
        const auto add = [&](const char* name, const std::optional<double>& value) {
            if (value)
                one[name] = *value;
        };
        add("aim", figure.aim);
        add("p50_ms", figure.p50);
        add("p99_ms", figure.p99);
        add("hub_cpu_us", figure.hubMicros);
        add("server_cpu_us", figure.serverMicros);
        add("resident_mib", figure.residentMiB);
        for (const Ceiling& ceiling : figure.ceilings)
            one["ceilings"].push_back({{"what", ceiling.what},
                                       {"per_second", ceiling.perSecond},
                                       {"ratio", figure.value / ceiling.perSecond}});
        for (const std::string& note : figure.notes)
            one["notes"].push_back(note);
        all.push_back(std::move(one));
    }
    out << all.dump(2) << "\n";
}

} // namespace spokehub::bench
