// bench: what the hub does in a second, beside what its database does alone. See README.md.
#include "Interrupt.h"
#include "Measures.h"
#include "support/Paths.h"

#include <algorithm>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <unistd.h>

namespace
{

using namespace spokehub::bench;

constexpr const char* usage =
    "usage: bench [--full] [--only WHAT[,WHAT...]] [--engine sqlite|postgres|both] [--seconds N] "
    "[--connections N] [-o table|json]\n"
    "  --full         over 1,000,000 orders and tasks, not 100,000\n"
    "  --only         some of the measures below            (default: all)\n"
    "  --engine       postgres needs SPOKEHUB_TEST_PG       (default: both)\n"
    "  --seconds      of each load                          (default: 5, 60 with --full)\n"
    "  --connections  kept connections that send            (default: 64)\n"
    "  -o             how the figures are printed           (default: table)\n"
    "measures:\n";

constexpr double secondsFull = 60;

struct Arguments
{
    Settings settings;
    std::string engine = "both";
    std::string output = "table";
};

[[noreturn]] void refuse(const std::string& why)
{
    throw std::invalid_argument(why);
}

std::string names()
{
    std::string text;
    for (const Measure& measure : measures())
        text += (text.empty() ? "" : ", ") + std::string(measure.name);
    return text;
}

void readOnly(const std::string& text, std::set<std::string>& only)
{
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        const std::string word = text.substr(from, end - from);
        if (std::ranges::find(measures(), word, &Measure::name) == measures().end())
            refuse("--only knows " + names() + ", not \"" + word + "\"");
        only.insert(word);
        from = end + 1;
    }
}

int readNumber(const std::string& option, const std::string& text, int most)
{
    const int value = std::atoi(text.c_str());
    if (value < 1 || value > most || text.find_first_not_of("0123456789") != std::string::npos)
        refuse(option + " wants a number from 1 to " + std::to_string(most) + ", not \"" + text +
               "\"");
    return value;
}

void oneOf(const std::string& option, const std::string& text, const std::set<std::string>& known)
{
    if (!known.contains(text))
        refuse(option + " does not know \"" + text + "\"");
}

Arguments readArguments(int count, char** values)
{
    Arguments made;
    std::optional<double> seconds;
    for (int i = 1; i < count; ++i) {
        const std::string option = values[i];
        const auto next = [&]() -> std::string {
            if (++i >= count)
                refuse(option + " wants a value");
            return values[i];
        };
        if (option == "--only")
            readOnly(next(), made.settings.only);
        else if (option == "--engine")
            oneOf(option, made.engine = next(), {"sqlite", "postgres", "both"});
        else if (option == "--seconds")
            seconds = readNumber(option, next(), 600);
        else if (option == "--connections")
            made.settings.connections = readNumber(option, next(), 1000);
        else if (option == "--full")
            made.settings.full = true;
        else if (option == "-o")
            oneOf(option, made.output = next(), {"table", "json"});
        else
            refuse("unknown argument \"" + option + "\"");
    }
    made.settings.seconds =
        seconds.value_or(made.settings.full ? secondsFull : made.settings.seconds);
    return made;
}

/// A folder beside the build, on a disk as a database's would be; gone at the end.
class Folder
{
public:
    Folder()
        : _path(std::string(spokehub::test::binaryDir) + "/bench-" + std::to_string(::getpid()))
    {
        std::filesystem::create_directories(_path);
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(_path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::filesystem::path& path() const { return _path; }

private:
    const std::filesystem::path _path;
};

/// One engine, all that is asked for; what was measured until it ended stays in `figures`.
void measure(const Arguments& arguments, const std::filesystem::path& folder,
             const Site::MakeStore& make, std::vector<Figure>& figures)
{
    Site site(arguments.settings, folder, make);
    for (const Measure& measure : measures())
        if (arguments.settings.wants(measure.name))
            for (Figure& figure : measure.run(site))
                figures.push_back(std::move(figure));
}

void measureAll(const Arguments& arguments, std::vector<Figure>& figures)
{
    const Folder folder;
    int stores = 0;
    if (arguments.engine != "postgres")
        measure(
            arguments, folder.path(),
            [&] { return sqliteStore(folder.path() / (std::to_string(++stores) + ".db")); },
            figures);
    if (const char* server = std::getenv("SPOKEHUB_TEST_PG"); arguments.engine != "sqlite") {
        if (server == nullptr) {
            std::cerr << "skipped: PostgreSQL: SPOKEHUB_TEST_PG is not set "
                         "(eval \"$(tests/support/postgres.sh start DIR)\" sets it)\n";
            return;
        }
        measure(
            arguments, folder.path(),
            [&] {
                return postgresStore(server, "bench_" + std::to_string(::getpid()) + "_" +
                                                 std::to_string(++stores));
            },
            figures);
    }
}

void sayHowLong(const Arguments& arguments)
{
    int seconds = 0;
    for (const Measure& measure : measures())
        if (arguments.settings.wants(measure.name))
            seconds += arguments.settings.full ? measure.secondsFull : measure.secondsDefault;
    seconds *= arguments.engine == "both" ? 2 : 1;
    std::cerr << "About " << (seconds + 59) / 60
              << " min on two quiet cores. Ctrl-C ends it and prints what was measured.\n";
}

} // namespace

int main(int count, char** values)
{
    try {
        const Arguments arguments = readArguments(count, values);
        noteInterrupts();
        sayHowLong(arguments);
        std::vector<Figure> figures;
        int status = EXIT_SUCCESS;
        try {
            measureAll(arguments, figures);
        } catch (const std::exception& error) {
            std::cerr << "bench: " << (interrupted() ? "interrupted" : error.what()) << '\n';
            status = interrupted() ? 130 : EXIT_FAILURE;
        }
        arguments.output == "json" ? printJson(std::cout, figures) : printTable(std::cout, figures);
        return status;
    } catch (const std::invalid_argument& error) {
        std::cerr << "bench: " << error.what() << '\n' << usage;
        for (const Measure& measure : measures())
            std::cerr << "  " << std::left << std::setw(15) << measure.name << measure.what << '\n';
        return 2;
    }
}
