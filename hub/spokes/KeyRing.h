#pragma once

#include "core/Clock.h"
#include "spokes/Signatures.h"
#include "spokes/Spoke.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub::spokes
{

/// The public keys that one channel signs with, by its own ids: fetched when a delivery names one
/// that is not known, and kept in memory. Thread-safe.
class KeyRing
{
public:
    static constexpr std::size_t keysMax = 64;
    static constexpr std::size_t askedMax = 10; // a minute: anybody may name a key

    KeyRing(std::string channel, const Clock& clock) : _channel(std::move(channel)), _clock(clock)
    {
    }

    /// A document of the kind Key. Throws Error(Unprocessable) that names the member.
    void keep(std::string_view document);

    /// Nothing: the key is not known, or no longer good.
    std::optional<bool> verifies(std::uint32_t digest, std::string_view id, std::string_view data,
                                 std::string_view signature) const;

    /// Whether the channel is to be asked for this key now: once a minute for each key.
    bool shouldAsk(const std::string& id);

    /// Asks the channel for it and keeps what comes; on the lane. What went wrong goes to the log.
    void fetch(Spoke& spoke, const Call& call, const std::string& id);

private:
    struct Kept
    {
        PublicKey key;
        Time until;
    };

    const std::string _channel;
    const Clock& _clock;
    mutable std::mutex _mutex;
    std::map<std::string, Kept, std::less<>> _keys;
    std::map<std::string, Time> _asked;
};

} // namespace spokehub::spokes
