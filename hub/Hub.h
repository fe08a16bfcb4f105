#pragma once

#include "core/Config.h"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace spokehub
{

class Clock;

/// The running hub: everything in it, constructed in the order of the data's way, from the edge to the lanes, and shut
/// down in reverse. The daemon has one; tests have as many as they like.
class Hub
{
public:
    /// Opens and migrates the database. Throws Error or store::StoreError with a sentence for the operator.
    Hub(const Config& config, const std::filesystem::path& migrations, const Clock& clock);
    ~Hub(); // stops

    /// Opens the channels, starts the workers, then listens.
    void start();
    /// Takes no new requests, answers those in hand, lets the workers end what they are doing.
    void stop();

    /// Takes from a new configuration what can be changed while it runs; core/ConfigChanges says what that is. Throws Error,
    /// having changed nothing.
    void reload(const Config& config);

    std::uint16_t port() const;

private:
    struct Parts;
    std::unique_ptr<Parts> _parts;
};

} // namespace spokehub
