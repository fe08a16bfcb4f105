// spokehub-check: certifies a spoke. See README.md beside this file.
#include "Report.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

namespace
{

using namespace spokehub::check;

constexpr int allGood = 0;
constexpr int someFailed = 1;
constexpr int nothingDone = 2;

struct Options
{
    std::string file;
    std::string settings;
    std::string fixtures;
    std::string output = "table";
    std::vector<std::string> only;
    int patience = 20;
    bool list = false;
    bool all = false;
};

std::vector<const Check*> chosen(const std::vector<std::string>& only)
{
    std::vector<const Check*> checks;
    for (const auto& name : only)
        if (std::ranges::none_of(allChecks(), [&name](const Check& check) {
                return check.id == name || check.group() == name;
            }))
            throw std::invalid_argument("'" + name + "' is no check and no group; see --list");
    for (const auto& check : allChecks())
        if (only.empty() || std::ranges::find(only, check.id) != only.end() ||
            std::ranges::find(only, check.group()) != only.end())
            checks.push_back(&check);
    return checks;
}

Plan planOf(const Options& options)
{
    if (options.file.empty())
        throw std::invalid_argument("SPOKE.so is missing; see --help");
    if (const auto why = notASpoke(options.file); !why.empty())
        throw std::invalid_argument(options.file + ": " + why);
    Plan plan{.file = options.file, .patienceSeconds = options.patience};
    if (!options.fixtures.empty())
        plan.fixtures = Fixtures::read(options.fixtures);
    if (!options.settings.empty()) {
        const Value given = readObject(options.settings);
        plan.settings = given.value("settings", Value::object());
        if (given.contains("secrets"))
            plan.secrets = given["secrets"];
    }
    return plan;
}

int certify(const Options& options)
{
    const auto checks = chosen(options.only);
    if (options.list) {
        for (const auto* check : checks)
            std::cout << check->id << "  " << check->wants << '\n';
        return allGood;
    }
    const Plan plan = planOf(options);
    Report report{options.file, {}};
    for (const auto* check : checks)
        report.results.push_back(run(*check, plan));
    if (options.output == "json")
        writeJson(std::cout, report);
    else if (options.output == "junit")
        writeJunit(std::cout, report);
    else
        writeTable(std::cout, report, options.all);
    return report.good() ? allGood : someFailed;
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app{"Certifies a spoke: loads it in processes of its own and plays a hostile channel "
                 "against it.\nEnds with 0: all good, 1: checks failed, 2: nothing to certify.",
                 "spokehub-check"};
    app.add_option("spoke", options.file, "the spoke's library")->type_name("SPOKE.so");
    app.add_option("--settings", options.settings,
                   "a channel's settings and secrets, as JSON; in the place of the fixtures'");
    app.add_option("--fixtures", options.fixtures, "the folder that is written beside the spoke");
    app.add_option("-o,--output", options.output, "how to show what was found")
        ->check(CLI::IsMember({"table", "json", "junit"}));
    app.add_option("--only", options.only, "a group, or the id of a check; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--patience", options.patience, "seconds until a spoke counts as hanging")
        ->check(CLI::Range(1, 3600));
    app.add_flag("--all", options.all, "the table shows what passed, too");
    app.add_flag("--list", options.list, "show the checks and run none");
    try {
        app.parse(argc, argv);
        return certify(options);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? allGood : nothingDone;
    } catch (const std::exception& error) {
        std::cerr << "spokehub-check: " << error.what() << '\n';
        return nothingDone;
    }
}
