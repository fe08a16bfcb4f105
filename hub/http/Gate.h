#pragma once

#include "http/Address.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace spokehub::http
{

/// Bounds what is inside at once: connections, connections of one address, and the bytes of bodies.
/// Thread-safe.
class Gate
{
public:
    enum class Entry
    {
        Open,
        Full,        // too many connections
        AddressFull, // too many of this address
    };

    /// Trusted proxies speak for many clients, so they are not bound as one address.
    Gate(std::size_t connectionsMax, std::size_t perAddressMax, std::size_t bodyBytesMax,
         std::vector<AddressRange> proxies);

    Entry enter(const Address& peer);
    void leave(const Address& peer);

    /// Takes room for that much of a body, or answers false and takes none.
    bool reserve(std::size_t bytes);
    void release(std::size_t bytes);

    bool isProxy(const Address& peer) const;
    std::size_t connections() const;
    std::size_t bodyBytes() const { return _bodyBytes.load(std::memory_order_relaxed); }

private:
    const std::size_t _connectionsMax;
    const std::size_t _perAddressMax;
    const std::size_t _bodyBytesMax;
    const std::vector<AddressRange> _proxies;
    std::atomic<std::size_t> _bodyBytes{0};

    mutable std::mutex _mutex;
    std::size_t _connections = 0;
    std::unordered_map<Address, std::size_t, AddressHash> _perAddress;
};

} // namespace spokehub::http
