#pragma once

#include "Pushing.h"

#include <functional>
#include <set>

namespace spokehub::check
{

/// One way to make the spoke talk to its channel.
struct Probe
{
    std::string name; // "pull of orders"
    bool writes;
    std::function<Said(Instance&)> run;
    std::vector<Value> items{}; // of a push
};

/// A pull of each stream (in small pages), a push of each kind, check and subscribe, as far as the
/// manifest names them. The stand-in is filled; each run of a probe meets the channel as it is.
std::vector<Probe> probes(Trial& trial);
std::vector<Probe> pulls(Trial& trial);
std::vector<Probe> pushes(Trial& trial);

/// The stand-in filled anew, as the probes want it.
void refill(Trial& trial);

/// How it ended: the items' own classes for a push. A check that reports an error in its findings
/// has told what it had to tell: nothing then.
std::set<Class> outcomes(const Probe& probe, const Said& said);
std::string reasonsOf(const Probe& probe, const Said& said);

std::string textOf(const std::set<Class>& classes);

/// Skips the check when no probe makes an HTTP call.
void needCalls(std::size_t calls);

} // namespace spokehub::check
