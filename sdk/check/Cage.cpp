#include "Cage.h"

#include "Check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace spokehub::check
{

namespace
{

sock_filter load(std::size_t offset)
{
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter answer(std::uint32_t action)
{
    return BPF_STMT(BPF_RET | BPF_K, action);
}

void forbid(std::vector<sock_filter>& filter, long call)
{
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
    filter.push_back(answer(SECCOMP_RET_KILL_PROCESS));
}

/// Threads are clones too, and allowed; clone3 hides its flags, so libc is sent back to clone.
void forbidForks(std::vector<sock_filter>& filter)
{
    for (const long call : {
#ifdef SYS_fork
             long{SYS_fork}, long{SYS_vfork},
#endif
             long{SYS_execve}, long{SYS_execveat}})
        forbid(filter, call);
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
    filter.push_back(answer(SECCOMP_RET_ERRNO | ENOSYS));
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3));
    filter.push_back(load(offsetof(seccomp_data, args)));
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
    filter.push_back(answer(SECCOMP_RET_KILL_PROCESS));
}

} // namespace

void lockUp(Forbidden what)
{
    std::vector<sock_filter> filter = {load(offsetof(seccomp_data, nr))};
    if (what == Forbidden::Sockets)
        for (const long call : {long{SYS_socket}, long{SYS_socketpair}, long{SYS_connect}})
            forbid(filter, call);
    else
        forbidForks(filter);
    filter.push_back(answer(SECCOMP_RET_ALLOW));
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        throw Skip("this kernel has no seccomp filters");
}

} // namespace spokehub::check
