#include "support/Syncs.h"

#include <atomic>
#include <sys/syscall.h>
#include <unistd.h>

namespace
{

std::atomic<std::int64_t> asked = 0;

} // namespace

// In place of the system's, for libraries as well.
extern "C" int fsync(int file)
{
    ++asked;
    return static_cast<int>(syscall(SYS_fsync, file));
}

extern "C" int fdatasync(int file)
{
    ++asked;
    return static_cast<int>(syscall(SYS_fdatasync, file));
}

std::int64_t spokehub::test::syncs()
{
    return asked;
}
