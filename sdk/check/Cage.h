#pragma once

namespace spokehub::check
{

enum class Forbidden
{
    Sockets,
    Processes,
};

/// From here on the kernel ends this process with SIGSYS when it does what is forbidden. Throws
/// Skip where the kernel has no seccomp.
void lockUp(Forbidden what);

} // namespace spokehub::check
