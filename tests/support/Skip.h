#pragma once

#include <string>

namespace spokehub::test
{

/// Says aloud that `tests` tests do not run here and why; each reason is printed once. A test that
/// skips itself calls it and returns: it then counts as skipped, not as passed.
void skip(const std::string& reason, int tests = 1);

/// How many tests have been skipped so far.
int skips();

} // namespace spokehub::test
