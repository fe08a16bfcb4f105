#include "Daemon.h"

/// spokehubd for tests that kill it; see CountedConnection.cpp.
int main(int argc, char** argv)
{
    return spokehub::runDaemon(argc, argv);
}
