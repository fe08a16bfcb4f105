#pragma once

#include <stdexcept>

namespace spokehub::bench
{

/// Somebody pressed Ctrl-C: what was begun is cleaned up, what was measured is printed.
struct Interrupted : std::runtime_error
{
    Interrupted() : std::runtime_error("interrupted") {}
};

/// From then on SIGINT and SIGTERM are noted.
void noteInterrupts();
bool interrupted();
void throwIfInterrupted();

} // namespace spokehub::bench
