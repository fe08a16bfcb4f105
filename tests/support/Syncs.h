#pragma once

#include <cstdint>

namespace spokehub::test
{

/// How often this process has asked the system to bring a file to the disk: fsync and fdatasync
/// are the tests' own, which count and pass on.
std::int64_t syncs();

} // namespace spokehub::test
