#include "http/Gate.h"

#include <algorithm>

namespace spokehub::http
{

Gate::Gate(std::size_t connectionsMax, std::size_t perAddressMax, std::size_t bodyBytesMax,
           std::vector<AddressRange> proxies)
    : _connectionsMax(connectionsMax), _perAddressMax(perAddressMax), _bodyBytesMax(bodyBytesMax),
      _proxies(std::move(proxies))
{
}

Gate::Entry Gate::enter(const Address& peer)
{
    const std::lock_guard lock(_mutex);
    if (_connections >= _connectionsMax)
        return Entry::Full;
    if (!isProxy(peer)) {
        const Address address = peer.counted();
        const auto found = _perAddress.find(address);
        if (found != _perAddress.end() && found->second >= _perAddressMax)
            return Entry::AddressFull;
        ++_perAddress[address];
    }
    ++_connections;
    return Entry::Open;
}

void Gate::leave(const Address& peer)
{
    const std::lock_guard lock(_mutex);
    --_connections;
    const auto found = _perAddress.find(peer.counted());
    if (found != _perAddress.end() && !isProxy(peer) && --found->second == 0)
        _perAddress.erase(found);
}

bool Gate::reserve(std::size_t bytes)
{
    std::size_t taken = _bodyBytes.load(std::memory_order_relaxed);
    do
        if (bytes > _bodyBytesMax || taken > _bodyBytesMax - bytes)
            return false;
    while (!_bodyBytes.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
    return true;
}

void Gate::release(std::size_t bytes)
{
    _bodyBytes.fetch_sub(bytes, std::memory_order_relaxed);
}

bool Gate::isProxy(const Address& peer) const
{
    return std::ranges::any_of(_proxies,
                               [&](const AddressRange& range) { return range.contains(peer); });
}

std::size_t Gate::connections() const
{
    const std::lock_guard lock(_mutex);
    return _connections;
}

} // namespace spokehub::http
