#include "access/Guesses.h"

#include "core/Error.h"

#include <algorithm>

namespace spokehub::access
{

namespace
{

constexpr std::chrono::milliseconds firstWait{250};

std::chrono::milliseconds waitAfter(int failures, int free)
{
    if (failures < free)
        return {};
    const int doublings = std::min(failures - free, 10);
    return std::min(firstWait * (1 << doublings), Guesses::waitMax);
}

} // namespace

Guesses::Entry& Guesses::entryOf(Entries& entries, const std::string& key)
{
    const Time now = _clock.now();
    const auto old = [&](const Entry& entry) {
        return entry.undecided == 0 && now - entry.last > remembered;
    };
    if (entries.size() >= entriesMax && !entries.contains(key)) {
        std::erase_if(entries, [&](const auto& each) { return old(each.second); });
        if (entries.size() >= entriesMax)
            entries.erase(std::ranges::min_element(
                entries, {}, [](const auto& each) { return each.second.last; }));
    }
    Entry& entry = entries[key];
    if (old(entry))
        entry = {};
    entry.last = now;
    return entry;
}

std::chrono::milliseconds Guesses::begin(const std::string& account, const std::string& address)
{
    const std::lock_guard lock(_mutex);
    std::chrono::milliseconds wait{};
    if (!address.empty()) {
        Entry& from = entryOf(_addresses, address);
        if (from.undecided >= atOnceMax)
            throw Error(Refusal::TooManyRequests, "too many attempts from " + address +
                                                      " wait to be looked at; try again later");
        wait = waitAfter(from.failures++, freeOfAddress);
        ++from.undecided;
    }
    Entry& at = entryOf(_accounts, account);
    ++at.undecided;
    return std::max(wait, waitAfter(at.failures++, freeOfAccount));
}

void Guesses::end(const std::string& account, const std::string& address, bool good)
{
    const std::lock_guard lock(_mutex);
    if (!address.empty()) {
        Entry& from = entryOf(_addresses, address);
        from.undecided = std::max(from.undecided - 1, 0);
        if (good) // no more: an address with one good account may still guess at others
            from.failures = std::max(from.failures - 1, 0);
    }
    Entry& at = entryOf(_accounts, account);
    at.undecided = std::max(at.undecided - 1, 0);
    if (good)
        at.failures = 0;
}

} // namespace spokehub::access
