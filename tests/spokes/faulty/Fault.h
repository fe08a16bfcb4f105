#pragma once

#include <cstdlib>
#include <string_view>

namespace faulty
{

/// Whether this process is to have that one fault: each is named after the check that catches it.
inline bool has(std::string_view fault)
{
    const char* chosen = std::getenv("SPOKEHUB_FAULT");
    return chosen != nullptr && fault == chosen;
}

} // namespace faulty
