#include "Report.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace spokehub::check
{

namespace
{

constexpr std::array<std::string_view, 3> words = {"passed", "failed", "skipped"};
constexpr std::array<std::string_view, 3> marks = {"ok  ", "FAIL", "skip"};

std::size_t numberOf(Verdict verdict)
{
    return static_cast<std::size_t>(verdict);
}

/// Text of XML 1.0: what it forbids becomes a question mark.
std::string escaped(std::string_view text)
{
    std::string made;
    for (const char c : text) {
        if (c == '&')
            made += "&amp;";
        else if (c == '<')
            made += "&lt;";
        else if (c == '>')
            made += "&gt;";
        else if (c == '"')
            made += "&quot;";
        else if (static_cast<unsigned char>(c) < 0x20)
            made += c == '\n' || c == '\t' ? ' ' : '?';
        else
            made += c;
    }
    return made;
}

/// A spoke may have said anything; reports are UTF-8.
std::string utf8(const std::string& text)
{
    const auto json = Value(text).dump(-1, ' ', false, Value::error_handler_t::replace);
    return Value::parse(json).get<std::string>();
}

std::string seconds(std::chrono::milliseconds took)
{
    const auto rest = std::to_string(took.count() % 1000);
    return std::to_string(took.count() / 1000) + "." + std::string(3 - rest.size(), '0') + rest;
}

std::vector<std::string> groupsOf(const Report& report)
{
    std::vector<std::string> groups;
    for (const auto& result : report.results)
        if (groups.empty() || groups.back() != result.check->group())
            groups.push_back(result.check->group());
    return groups;
}

void writeCase(std::ostream& out, const Result& result)
{
    out << "    <testcase classname=\"" << escaped(result.check->group()) << "\" name=\""
        << escaped(result.check->id) << "\" time=\"" << seconds(result.took) << "\"";
    const std::string seen = escaped(utf8(result.outcome.seen));
    if (result.outcome.verdict == Verdict::Passed)
        out << "/>\n";
    else if (result.outcome.verdict == Verdict::Skipped)
        out << "><skipped message=\"" << seen << "\"/></testcase>\n";
    else
        out << "><failure message=\"" << seen << "\">wanted: " << escaped(result.check->wants)
            << " remedy: " << escaped(result.check->remedy) << "</failure></testcase>\n";
}

} // namespace

std::size_t Report::count(Verdict verdict) const
{
    return static_cast<std::size_t>(std::ranges::count_if(
        results, [verdict](const Result& result) { return result.outcome.verdict == verdict; }));
}

void writeTable(std::ostream& out, const Report& report, bool all)
{
    std::size_t width = 0;
    for (const auto& result : report.results)
        width = std::max(width, result.check->id.size());
    for (const auto& result : report.results) {
        const auto verdict = result.outcome.verdict;
        if (!all && verdict == Verdict::Passed)
            continue;
        const auto& id = result.check->id;
        out << marks[numberOf(verdict)] << "  " << id << std::string(width - id.size() + 2, ' ')
            << (verdict == Verdict::Skipped ? utf8(result.outcome.seen) : result.check->wants)
            << '\n';
        if (verdict == Verdict::Failed)
            out << "      seen:   " << utf8(result.outcome.seen) << '\n'
                << "      remedy: " << result.check->remedy << '\n';
    }
    out << report.file << ": " << report.count(Verdict::Passed) << " passed, "
        << report.count(Verdict::Failed) << " failed, " << report.count(Verdict::Skipped)
        << " skipped\n";
}

void writeJson(std::ostream& out, const Report& report)
{
    Value checks = Value::array();
    for (const auto& result : report.results) {
        Value check = {{"id", result.check->id},
                       {"group", result.check->group()},
                       {"wants", result.check->wants},
                       {"verdict", words[numberOf(result.outcome.verdict)]},
                       {"ms", result.took.count()}};
        if (result.outcome.verdict == Verdict::Skipped)
            check["reason"] = result.outcome.seen;
        if (result.outcome.verdict == Verdict::Failed) {
            check["seen"] = result.outcome.seen;
            check["remedy"] = result.check->remedy;
        }
        checks.push_back(std::move(check));
    }
    const Value all = {{"spoke", report.file},
                       {"passed", report.count(Verdict::Passed)},
                       {"failed", report.count(Verdict::Failed)},
                       {"skipped", report.count(Verdict::Skipped)},
                       {"checks", std::move(checks)}};
    out << all.dump(2, ' ', false, Value::error_handler_t::replace) << '\n';
}

void writeJunit(std::ostream& out, const Report& report)
{
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\""
        << escaped(utf8(report.file)) << "\" tests=\"" << report.results.size() << "\" failures=\""
        << report.count(Verdict::Failed) << "\">\n";
    for (const auto& group : groupsOf(report)) {
        Report part;
        std::ranges::copy_if(
            report.results, std::back_inserter(part.results),
            [&group](const Result& result) { return result.check->group() == group; });
        out << "  <testsuite name=\"" << escaped(group) << "\" tests=\"" << part.results.size()
            << "\" failures=\"" << part.count(Verdict::Failed) << "\" skipped=\""
            << part.count(Verdict::Skipped) << "\">\n";
        for (const auto& result : part.results)
            writeCase(out, result);
        out << "  </testsuite>\n";
    }
    out << "</testsuites>\n";
}

} // namespace spokehub::check
