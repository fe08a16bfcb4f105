// The simulation: `./dev sim`. A seed replays exactly.
#include "core/Log.h"
#include "sim/Simulation.h"
#include "store/Migrator.h"
#include "support/Paths.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <iostream>

namespace spokehub::sim
{

namespace
{

namespace fs = std::filesystem;

/// In memory when there is such a place: what the runs write is of no use to anyone.
class Directory
{
public:
    Directory()
    {
        const fs::path memory = "/dev/shm";
        std::string path =
            ((fs::exists(memory) ? memory : fs::temp_directory_path()) / "spokehub-sim-XXXXXX")
                .string();
        if (mkdtemp(path.data()) == nullptr)
            throw std::runtime_error("cannot make a directory like " + path);
        _path = path;
        store::Database database("sqlite:" + (_path / "template.db").string());
        store::Migrator(database, fs::path(test::sourceDir) / "migrations", SystemClock()).up();
    }
    ~Directory() { fs::remove_all(_path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    std::string freshDatabase()
    {
        const fs::path directory = _path / "run";
        fs::remove_all(directory);
        fs::create_directory(directory);
        fs::copy_file(_path / "template.db", directory / "sim.db");
        return (directory / "sim.db").string();
    }

    void copyTo(const fs::path& file) const
    {
        fs::copy_file(_path / "run" / "sim.db", file, fs::copy_options::overwrite_existing);
    }

private:
    fs::path _path;
};

struct Sums
{
    Report all;
    std::chrono::microseconds took{0}; // of the processor

    void add(const Report& report)
    {
        all.lasted += report.lasted;
        all.orders += report.orders;
        all.webhooks += report.webhooks;
        all.storeCalls += report.storeCalls;
        all.crashes += report.crashes;
        all.storeErrors += report.storeErrors;
        all.requests += report.requests;
    }
};

Report play(Directory& directory, const Settings& settings)
{
    return Simulation(settings, directory.freshDatabase()).run();
}

/// The first seed is played twice: it must do the same again.
void playAll(Directory& directory, Settings settings, int seeds, const std::string& keep,
             Sums& sums)
{
    const std::clock_t begun = std::clock();
    const std::uint64_t first = settings.seed;
    for (; settings.seed < first + static_cast<std::uint64_t>(seeds); ++settings.seed) {
        try {
            const Report report = play(directory, settings);
            sums.add(report);
            if (settings.seed == first && play(directory, settings).hash != report.hash)
                throw Failed("played twice, it did not do the same");
        } catch (const std::exception& error) {
            if (!keep.empty())
                directory.copyTo(keep);
            throw Failed("seed " + std::to_string(settings.seed) + ": " + error.what() +
                         "\nreplay it with: ./dev sim --seed " + std::to_string(settings.seed) +
                         " --minutes " + std::to_string(settings.busy.count()) + " --trace");
        }
    }
    sums.took = std::chrono::microseconds((std::clock() - begun) * 1'000'000 / CLOCKS_PER_SEC);
}

void print(const Sums& sums, int seeds)
{
    const Report& all = sums.all;
    const auto ratio = all.lasted.count() / std::max<std::int64_t>(1, sums.took.count());
    std::cout << seeds
              << " seeds: " << std::chrono::duration_cast<std::chrono::minutes>(all.lasted).count()
              << " virtual minutes in " << sums.took.count() / 1'000'000
              << " s of a processor, more than " << ratio << " times real time; " << all.orders
              << " orders, " << all.webhooks << " webhooks, " << all.requests << " requests, "
              << all.storeCalls << " store calls, " << all.storeErrors << " of them failed, "
              << all.crashes << " crashes\n";
}

} // namespace

} // namespace spokehub::sim

int main(int argc, char** argv)
{
    using namespace spokehub;
    using namespace spokehub::sim;
    Settings settings;
    int seeds = 1;
    std::string keep;
    std::int64_t minutes = settings.busy.count();
    CLI::App app("Plays the hub in virtual time against merchants, shops and faults");
    app.add_option("--seeds", seeds, "how many, one after the other")->check(CLI::PositiveNumber);
    app.add_option("--seed", settings.seed, "the first");
    app.add_option("--minutes", minutes, "how long it is busy, in virtual time")
        ->check(CLI::PositiveNumber);
    app.add_flag("--trace", settings.trace, "print all that happens");
    app.add_option("--keep", keep, "where the database of a seed that failed is copied to");
    app.add_option("--watch", settings.watch, "a listing whose row is printed when it changes");
    CLI11_PARSE(app, argc, argv);
    settings.busy = std::chrono::minutes(minutes);

    if (!settings.trace)
        Log::threshold(Level{static_cast<int>(Level::Error) + 1}); // what is provoked is no news
    try {
        Directory directory;
        Sums sums;
        playAll(directory, settings, seeds, keep, sums);
        print(sums, seeds);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
