// The process of an isolated spoke. The hub starts it: `spokehub-spoke FILE HUB`, with the one
// socket that it talks over as descriptor 3, and HUB, the process that it ends with.
#include "spokes/child/Confinement.h"
#include "spokes/child/Guest.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
/// How the process ends is for the hub to see, and what a search for leaks needs is out of its
/// reach here.
extern "C" const char* __asan_default_options()
{
    return "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:"
           "handle_sigill=0";
}
#endif
#ifdef __SANITIZE_THREAD__
extern "C" const char* __tsan_default_options()
{
    return "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:handle_sigill=0";
}
#endif

namespace
{

constexpr int socketDescriptor = 3;

bool isSocket(int descriptor)
{
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

void wait(int socket, short events)
{
    pollfd poll{socket, events, 0};
    while (::poll(&poll, 1, -1) < 0 && errno == EINTR) {
    }
}

} // namespace

int main(int argc, char** argv)
{
    using namespace spokehub::spokes;
    if (argc != 3 || !isSocket(socketDescriptor)) {
        std::fputs("spokehub-spoke is started by the hub, for spokes with isolation: process\n",
                   stderr);
        return EXIT_FAILURE;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != std::atoi(argv[2]))
        return EXIT_FAILURE; // the hub has ended meanwhile
    try {
        ::close_range(socketDescriptor + 1, ~0U, 0);
        Frames frames(socketDescriptor, wait);
        Guest guest(frames);
        confineBeforeLoading(std::filesystem::path(argv[1]).parent_path());
        if (!guest.load(argv[1]))
            return EXIT_FAILURE;
        confineAfterLoading();
        guest.serve();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "spokehub-spoke: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
