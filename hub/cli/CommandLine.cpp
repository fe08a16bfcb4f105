#include "cli/CommandLine.h"

#include "cli/Command.h"
#include "core/Suggestion.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <set>
#include <thread>
#include <unistd.h>

namespace spokehub::cli
{

namespace
{

constexpr const char* footer = R"(
The hub is found in the configuration (--config, SPOKEHUB_CONFIG, spokehub.yaml or config/spokehub.yaml), or by
--url or SPOKEHUB_URL; the key is SPOKEHUB_API_KEY, or the first admin key of the configuration.
Exit codes: 0 done, 1 failed, 2 wrong use.)";

/// What is given in common, and to each verb.
struct Parsed
{
    Command::Given given;
    std::string format = "table";
    const Verb* verb = nullptr;
    int watch = 0; // seconds; 0: once
};

std::string plain(const std::string& name)
{
    std::string text = name.substr(0, name.find(' '));
    std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
    return text;
}

void addArgument(CLI::App& app, const Argument& argument, Parsed& parsed)
{
    const std::string key = plain(argument.name);
    if (argument.name.starts_with("--") && argument.name.find(' ') == argument.name.npos) {
        app.add_flag_callback(
            key, [&parsed, key] { parsed.given.values[key] = {"true"}; }, argument.help);
        return;
    }
    if (!argument.name.starts_with("--")) {
        app.add_option_function<std::string>(
               key,
               [&parsed, key](const std::string& value) { parsed.given.values[key] = {value}; },
               argument.help)
            ->required(!argument.name.starts_with('['))
            ->option_text(" ");
        return;
    }
    app.add_option_function<std::vector<std::string>>(
           key,
           [&parsed, key](const std::vector<std::string>& values) {
               parsed.given.values[key] = values;
           },
           argument.help)
        ->required(argument.required)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->option_text(argument.name.substr(argument.name.find(' ') + 1) +
                      (argument.required ? " (required)" : ""));
}

void addVerb(CLI::App& app, const Verb& verb, Parsed& parsed)
{
    const auto known =
        app.get_subcommands([&](CLI::App* each) { return each->get_name() == verb.noun; });
    CLI::App* noun = known.empty() ? nullptr : known.front();
    if (noun == nullptr) {
        noun = app.add_subcommand(verb.noun, verb.name.empty() ? verb.help : "");
        if (!verb.name.empty())
            noun->require_subcommand(1);
    }
    CLI::App* own = verb.name.empty() ? noun : noun->add_subcommand(verb.name, verb.help);
    for (const Argument& argument : verb.arguments)
        addArgument(*own, argument, parsed);
    own->final_callback([&parsed, &verb] { parsed.verb = &verb; });
}

/// The names of the verbs stand beside a noun in the help.
void describeNouns(CLI::App& app)
{
    for (CLI::App* noun : app.get_subcommands({})) {
        std::string names;
        for (const CLI::App* verb : noun->get_subcommands([](CLI::App*) { return true; }))
            names += (names.empty() ? "" : ", ") + verb->get_name();
        if (!names.empty())
            noun->description(names);
    }
}

/// The words before the first option of a verb: a noun, a verb, and what follows.
std::vector<std::string> wordsOf(const std::vector<std::string>& arguments)
{
    static const std::set<std::string> withValue{"--config", "--url", "-o", "--output", "--watch"};
    std::vector<std::string> words;
    for (std::size_t at = 0; at < arguments.size(); ++at)
        if (withValue.contains(arguments[at]))
            ++at;
        else if (!arguments[at].starts_with('-'))
            words.push_back(arguments[at]);
    return words;
}

/// What is wrong with the noun or the verb; empty when nothing is.
std::string unknownWord(const std::vector<std::string>& arguments)
{
    const auto words = wordsOf(arguments);
    std::vector<std::string> nouns;
    std::vector<std::string> names;
    for (const Verb& verb : verbs()) {
        if (std::ranges::find(nouns, verb.noun) == nouns.end())
            nouns.push_back(verb.noun);
        if (!words.empty() && verb.noun == words[0] && !verb.name.empty())
            names.push_back(verb.name);
    }
    if (words.empty())
        return {};
    if (std::ranges::find(nouns, words[0]) == nouns.end())
        return "there is no noun '" + words[0] + "': " + suggestion(words[0], nouns);
    if (words.size() > 1 && !names.empty() && std::ranges::find(names, words[1]) == names.end())
        return words[0] + " has no verb '" + words[1] + "': " + suggestion(words[1], names);
    return {};
}

/// Again and again, for verbs that only look; a terminal shows the newest alone.
ExitCode watch(const Verb& verb, Command& command, std::ostream& out, int seconds)
{
    if (!verb.looks)
        throw Failure("--watch is for verbs that only look, such as " + verb.noun + " list",
                      ExitCode::Usage);
    const bool terminal = ::isatty(STDOUT_FILENO) != 0;
    for (;;) {
        if (terminal)
            out << "\033[H\033[2J";
        if (const ExitCode code = verb.run(command); code != ExitCode::Done)
            return code;
        out.flush();
        std::this_thread::sleep_for(std::chrono::seconds(seconds));
    }
}

/// Colours are for people who did not say that they want none (https://no-color.org).
bool mayColor()
{
    const char* const none = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) != 0 && (none == nullptr || *none == '\0') &&
           terminal != nullptr && std::string_view(terminal) != "dumb";
}

ExitCode runVerb(Parsed& parsed, std::ostream& out, std::ostream& err)
{
    const auto format = parsed.format == "json"  ? Output::Format::Json
                        : parsed.format == "csv" ? Output::Format::Csv
                                                 : Output::Format::Table;
    Output output(out, err, format, &out == &std::cout && mayColor());
    Command command(std::move(parsed.given), output);
    try {
        return parsed.watch == 0 ? parsed.verb->run(command)
                                 : watch(*parsed.verb, command, out, parsed.watch);
    } catch (const Failure& failure) {
        err << "spokehub: " << failure.what() << '\n';
        return failure.code();
    } catch (const std::exception& error) {
        err << "spokehub: " << error.what() << '\n';
        return ExitCode::Failed;
    }
}

} // namespace

const std::vector<Verb>& verbs()
{
    static const std::vector<Verb> all = [] {
        std::vector<Verb> verbs;
        for (const auto& of :
             {configVerbs, databaseVerbs, channelVerbs, listingVerbs,   stockVerbs,
              orderVerbs,  customerVerbs, taskVerbs,    inboxVerbs,     exceptionVerbs,
              spokeVerbs,  recordVerbs,   doctorVerbs,  userVerbs,      keyVerbs,
              auditVerbs,  reportVerbs,   exportVerbs,  catalogVerbs,   warehouseVerbs,
              countVerbs,  importVerbs,   backupVerbs,  completionVerbs})
            for (Verb& verb : of())
                verbs.push_back(std::move(verb));
        return verbs;
    }();
    return all;
}

int run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err)
{
    CLI::App app("Spokehub's command line: looks into a running hub and tells it what to do.",
                 "spokehub");
    Parsed parsed;
    app.fallthrough();
    app.require_subcommand(1);
    app.set_version_flag("--version", "spokehub " SPOKEHUB_VERSION);
    app.add_option("--config", parsed.given.configFile, "the configuration file")
        ->option_text("FILE");
    app.add_option("--url", parsed.given.url, "the hub's address")->option_text("URL");
    app.add_option("-o,--output", parsed.format, "how answers are printed")
        ->option_text("table|json|csv")
        ->check(CLI::IsMember({"table", "json", "csv"}));
    app.add_option("--watch", parsed.watch, "look again every so many seconds, until interrupted")
        ->option_text("SECONDS")
        ->check(CLI::Range(1, 3600));
    app.add_flag("--yes", parsed.given.yes, "do not ask before something is destroyed");
    app.footer(footer);
    for (const Verb& verb : verbs())
        addVerb(app, verb, parsed);
    describeNouns(app);

    if (const std::string wrong = unknownWord(arguments); !wrong.empty()) {
        err << "spokehub: " << wrong << '\n';
        return static_cast<int>(ExitCode::Usage);
    }
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        return app.exit(error, out, err) == 0 ? 0 : static_cast<int>(ExitCode::Usage);
    }
    return static_cast<int>(runVerb(parsed, out, err));
}

} // namespace spokehub::cli
