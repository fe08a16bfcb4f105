#pragma once

#include "Trial.h"

#include <chrono>

namespace spokehub::check
{

struct Result
{
    const Check* check;
    Outcome outcome;
    std::chrono::milliseconds took;
};

/// Runs one check in a child process, which alone loads the spoke: a crash, a hang or an exit of
/// the spoke is a failed check with a sentence.
Result run(const Check& check, const Plan& plan);

/// Why there is nothing to certify: no such file, no library, no spoke. Empty: there is something.
std::string notASpoke(const std::filesystem::path& file);

} // namespace spokehub::check
