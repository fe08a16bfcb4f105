// bench: what the hub does in a second, beside what its database does alone. See README.md.
#include "Measures.h"
#include "support/Paths.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

namespace
{

using namespace spokehub::bench;

constexpr const char* usage =
    "usage: bench [--only WHAT[,WHAT...]] [--engine sqlite|postgres|both] [--seconds N] "
    "[--connections N] [-o table|json]\n"
    "  --only         intake, apply, reserve, latency       (default: all)\n"
    "  --engine       postgres needs SPOKEHUB_TEST_PG       (default: both)\n"
    "  --seconds      of each load                          (default: 8)\n"
    "  --connections  kept connections that send            (default: 64)\n"
    "  -o             how the figures are printed           (default: table)\n";

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

void readOnly(const std::string& text, std::set<std::string>& only)
{
    static const std::set<std::string> known = {"intake", "apply", "reserve", "latency"};
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        const std::string word = text.substr(from, end - from);
        if (!known.contains(word))
            refuse("--only knows intake, apply, reserve and latency, not \"" + word + "\"");
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
            made.settings.seconds = readNumber(option, next(), 600);
        else if (option == "--connections")
            made.settings.connections = readNumber(option, next(), 1000);
        else if (option == "-o")
            oneOf(option, made.output = next(), {"table", "json"});
        else
            refuse("unknown argument \"" + option + "\"");
    }
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

std::vector<Figure> measure(const Arguments& arguments)
{
    const Folder folder;
    std::vector<Figure> figures;
    int stores = 0;
    const auto run = [&](const Measures::MakeStore& make) {
        for (Figure& figure : Measures(arguments.settings, folder.path(), make).run())
            figures.push_back(std::move(figure));
    };
    if (arguments.engine != "postgres")
        run([&] { return sqliteStore(folder.path() / (std::to_string(++stores) + ".db")); });
    if (const char* server = std::getenv("SPOKEHUB_TEST_PG"); arguments.engine != "sqlite") {
        if (server != nullptr)
            run([&] {
                return postgresStore(server, "bench_" + std::to_string(::getpid()) + "_" +
                                                 std::to_string(++stores));
            });
        else
            std::cerr << "skipped: PostgreSQL: SPOKEHUB_TEST_PG is not set "
                         "(eval \"$(tests/support/postgres.sh start DIR)\" sets it)\n";
    }
    return figures;
}

} // namespace

int main(int count, char** values)
{
    try {
        const Arguments arguments = readArguments(count, values);
        const auto figures = measure(arguments);
        arguments.output == "json" ? printJson(std::cout, figures) : printTable(std::cout, figures);
        return EXIT_SUCCESS;
    } catch (const std::invalid_argument& error) {
        std::cerr << "bench: " << error.what() << '\n' << usage;
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "bench: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
