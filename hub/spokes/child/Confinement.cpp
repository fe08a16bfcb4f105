#include "spokes/child/Confinement.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <linux/landlock.h>
#include <memory>
#include <seccomp.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace spokehub::spokes
{

namespace
{

constexpr rlim_t memoryBytesMax = 512 * 1024 * 1024;
constexpr rlim_t descriptorsMax = 32;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true; // maps terabytes of address space, and looks at its own memory map
#else
constexpr bool sanitized = false;
#endif

[[noreturn]] void fail(const char* what, int error)
{
    throw std::runtime_error(std::string(what) + ": " + std::strerror(error));
}

void limit(__rlimit_resource resource, rlim_t most)
{
    const rlimit bounds{most, most};
    if (::setrlimit(resource, &bounds) != 0)
        fail("setrlimit", errno);
}

// ------------------------------------------------------------------ files (landlock)

/// Reading is left for the folders that libraries are loaded from. A kernel without landlock leaves
/// it for all files until the spoke is loaded.
void confineFiles(const std::string& spokeFolder)
{
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs =
        LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    const auto rules =
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
    if (rules < 0)
        return;
    for (const std::string& path : {std::string("/usr"), std::string("/lib"), std::string("/lib64"),
                                    std::string("/etc/ld.so.cache"), spokeFolder})
    {
        landlock_path_beneath_attr beneath{};
        beneath.parent_fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
        if (beneath.parent_fd < 0)
            continue; // there is nothing to be read then
        const bool file = path == "/etc/ld.so.cache";
        beneath.allowed_access = file ? LANDLOCK_ACCESS_FS_READ_FILE : attributes.handled_access_fs;
        if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
            fail("landlock_add_rule", errno);
        ::close(beneath.parent_fd);
    }
    if (::syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        fail("landlock_restrict_self", errno);
    ::close(rules);
}

// ------------------------------------------------------------------ system calls (seccomp)

/// What is not allowed fails as if it were not permitted: code that asks in vain goes on and says
/// so.
class Filter
{
public:
    Filter() : _filter(::seccomp_init(SCMP_ACT_ERRNO(EPERM)))
    {
        if (_filter == nullptr)
            throw std::runtime_error("seccomp is not to be had");
    }

    void allow(std::initializer_list<int> calls)
    {
        for (const int call : calls)
            check(::seccomp_rule_add(_filter.get(), SCMP_ACT_ALLOW, call, 0));
    }
    void allowIf(int call, scmp_arg_cmp condition)
    {
        check(::seccomp_rule_add(_filter.get(), SCMP_ACT_ALLOW, call, 1, condition));
    }
    void load() { check(::seccomp_load(_filter.get())); }

private:
    struct Release
    {
        void operator()(void* filter) const { ::seccomp_release(filter); }
    };

    static void check(int result)
    {
        if (result < 0)
            fail("seccomp", -result);
    }

    std::unique_ptr<void, Release> _filter;
};

/// Memory, time, its own signals, and the descriptors that it has.
void allowWorking(Filter& filter)
{
    filter.allow({SCMP_SYS(read),
                  SCMP_SYS(write),
                  SCMP_SYS(readv),
                  SCMP_SYS(writev),
                  SCMP_SYS(recvfrom),
                  SCMP_SYS(sendto),
                  SCMP_SYS(poll),
                  SCMP_SYS(ppoll),
                  SCMP_SYS(close),
                  SCMP_SYS(lseek),
                  SCMP_SYS(fstat),
                  SCMP_SYS(mmap),
                  SCMP_SYS(munmap),
                  SCMP_SYS(mprotect),
                  SCMP_SYS(mremap),
                  SCMP_SYS(madvise),
                  SCMP_SYS(brk),
                  SCMP_SYS(futex),
                  SCMP_SYS(clock_gettime),
                  SCMP_SYS(clock_getres),
                  SCMP_SYS(gettimeofday),
                  SCMP_SYS(time),
                  SCMP_SYS(nanosleep),
                  SCMP_SYS(clock_nanosleep),
                  SCMP_SYS(getrandom),
                  SCMP_SYS(sched_yield),
                  SCMP_SYS(getcpu),
                  SCMP_SYS(sched_getaffinity),
                  SCMP_SYS(rt_sigaction),
                  SCMP_SYS(rt_sigprocmask),
                  SCMP_SYS(rt_sigreturn),
                  SCMP_SYS(sigaltstack),
                  SCMP_SYS(restart_syscall),
                  SCMP_SYS(getpid),
                  SCMP_SYS(gettid),
                  SCMP_SYS(getuid),
                  SCMP_SYS(geteuid),
                  SCMP_SYS(getgid),
                  SCMP_SYS(getegid),
                  SCMP_SYS(uname),
                  SCMP_SYS(exit),
                  SCMP_SYS(exit_group),
                  SCMP_SYS(set_robust_list),
                  SCMP_SYS(rseq)});
    const auto self = static_cast<scmp_datum_t>(::getpid()); // abort() signals itself
    filter.allowIf(SCMP_SYS(tgkill), SCMP_A0_64(SCMP_CMP_EQ, self, 0));
}

/// Until it is loaded: opening for reading, and what installs the next filter.
void allowLoading(Filter& filter)
{
    constexpr scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
    filter.allowIf(SCMP_SYS(openat), SCMP_A2_64(SCMP_CMP_MASKED_EQ, writing, 0));
    filter.allowIf(SCMP_SYS(open), SCMP_A1_64(SCMP_CMP_MASKED_EQ, writing, 0));
    filter.allow({SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(access), SCMP_SYS(faccessat),
                  SCMP_SYS(pread64), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
                  SCMP_SYS(seccomp)});
    filter.allowIf(SCMP_SYS(prctl), SCMP_A0_64(SCMP_CMP_EQ, PR_SET_NO_NEW_PRIVS, 0));
}

void allowSanitizer(Filter& filter)
{
    filter.allow({SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(newfstatat), SCMP_SYS(stat),
                  SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(prctl), SCMP_SYS(prlimit64),
                  SCMP_SYS(getrlimit), SCMP_SYS(pread64), SCMP_SYS(fcntl), SCMP_SYS(ioctl),
                  SCMP_SYS(getcwd), SCMP_SYS(access), SCMP_SYS(personality)});
}

} // namespace

void confineBeforeLoading(const std::string& spokeFolder)
{
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        fail("prctl", errno);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_NOFILE, descriptorsMax);
    if (!sanitized) {
        limit(RLIMIT_AS, memoryBytesMax);
        limit(RLIMIT_NPROC, 0); // counts for users other than root; the filter holds for all
        confineFiles(spokeFolder);
    }
    Filter filter;
    allowWorking(filter);
    allowLoading(filter);
    if (sanitized)
        allowSanitizer(filter);
    filter.load();
}

void confineAfterLoading()
{
    Filter filter;
    allowWorking(filter);
    if (sanitized)
        allowSanitizer(filter);
    filter.load();
}

} // namespace spokehub::spokes
