#pragma once

namespace spokehub::test
{

/// The top of the source tree and of the build that these tests are of. In a file of their own, so
/// that no other one is compiled anew for another checkout.
extern const char* const sourceDir;
extern const char* const binaryDir;

} // namespace spokehub::test
