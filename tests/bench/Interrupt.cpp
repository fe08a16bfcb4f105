#include "Interrupt.h"

#include <csignal>

namespace spokehub::bench
{

namespace
{

volatile std::sig_atomic_t noted = 0;

} // namespace

void noteInterrupts()
{
    struct sigaction action = {};
    action.sa_handler = [](int) { noted = 1; };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted()
{
    return noted != 0;
}

void throwIfInterrupted()
{
    if (interrupted())
        throw Interrupted();
}

} // namespace spokehub::bench
