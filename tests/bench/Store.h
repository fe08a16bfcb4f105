#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace spokehub::bench
{

/// A database of its own for one measurement, empty at first and gone with it.
class Store
{
public:
    virtual ~Store() = default;

    virtual std::string engine() const = 0; // sqlite, postgres
    virtual std::string url() const = 0;    // as the hub's configuration wants it
    /// The first column of the only row.
    virtual std::int64_t number(const std::string& sql) = 0;
    /// Processor time that the server's processes have used; 0 where there is no server.
    virtual double cpuSeconds() = 0;
};

std::unique_ptr<Store> sqliteStore(const std::filesystem::path& file);

/// `server`: SPOKEHUB_TEST_PG. Throws when it does not flush (fsync off): such figures would mean
/// nothing.
std::unique_ptr<Store> postgresStore(const std::string& server, const std::string& name);

/// Processor time of a process and its threads.
double cpuSecondsOf(int pid);
/// The same of a folder of /proc that has a `stat`: a process's, or one thread's; and its name.
double cpuSecondsIn(const std::filesystem::path& folder, std::string& name);

} // namespace spokehub::bench
