#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace spokehub::bench
{

/// What the same work costs where nothing else is done: one thread that reads requests, checks the
/// signature, reads the order, writes it into plain SQLite tables (message, order, lines, stock)
/// and commits once for all that waited; then it answers. No channels, facts, retries, or anything
/// that a second kind of order would need.
class BareServer
{
public:
    BareServer(const std::filesystem::path& database, const std::string& secret, int wares);
    ~BareServer();

    std::uint16_t port() const;
    double cpuSeconds() const; // of its thread
    /// How many it has; not while it is asked for more.
    std::int64_t orders() const;

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::bench
