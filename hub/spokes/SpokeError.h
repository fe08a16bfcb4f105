#pragma once

#include <stdexcept>

namespace spokehub::spokes
{

/// Why a spoke is not used: one plain sentence that names the file or channel, what is wrong, and
/// the remedy.
class SpokeError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

} // namespace spokehub::spokes
