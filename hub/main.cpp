#include "Daemon.h"

int main(int argc, char** argv)
{
    return spokehub::runDaemon(argc, argv);
}
