#pragma once

#include "spokehub/abi.h"

#include <cstdint>
#include <string>

namespace spokehub::spokes
{

/// What a spoke's file shows once it is loaded, wherever that was.
struct SpokeFacts
{
    bool given = false; // a table
    std::uint32_t size = 0;
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    bool describe = false;
    bool open = false;
    bool close = false;
    bool check = false;
    bool pull = false;
    bool push = false;
    bool subscribe = false;
    bool accept = false;
    bool translate = false;
    std::string loadError; // of the system's loader; empty: it is loaded
};

SpokeFacts factsOf(const sph_spoke* table);

} // namespace spokehub::spokes
