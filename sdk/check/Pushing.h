#pragma once

#include "Trial.h"

namespace spokehub::check
{

/// A channel filled for pushes: what can be pushed to it, and what it shows.
class Pushing
{
public:
    /// Skips the check when the spoke takes no pushes of that kind, or there is no stand-in.
    Pushing(Trial& trial, const std::string& kind, std::size_t count);

    Instance& instance() { return *_instance; }
    void openAnew() { _instance = _trial.open(); }

    /// Items that the channel has, each with a quantity (from `quantity` on, one more for each) and
    /// a key of the round.
    std::vector<Value> items(std::int64_t quantity = 3, int round = 1) const;
    /// The item with everything that names it exchanged for what the channel does not have.
    Value unknown(Value item) const;

    Said push(const std::vector<Value>& items, int documentsMax = -1);
    /// Again and again, told how the last attempt ended, until all are done; at most five times.
    void pushToTheEnd(std::vector<Value> items);

    Value state();
    std::int64_t effects();
    /// The channel shows each item's quantity, or has each shipment once.
    void expectArrived(const std::vector<Value>& items, const std::string& when);

    const std::string& kind() const { return _kind; }

private:
    Trial& _trial;
    const std::string _kind;
    int _shop = 0; // no two of one check use the same keys
    std::unique_ptr<Instance> _instance;
    std::vector<Value> _offered;
    Value _unknown;
};

/// How an item ended: its own result, else what the verb's class means for it.
Class outcomeOf(const Said& said, const Value& item);
std::string reasonOf(const Said& said, const Value& item);

std::size_t batchMax(Trial& trial);

} // namespace spokehub::check
