#pragma once

#include <string>

namespace spokehub::spokes
{

/// Takes from this process what a spoke needs not, for good. Both throw std::runtime_error when the
/// system refuses to.

/// Before the spoke's file is loaded, whose code may run by that: files of libraries may be read,
/// and `spokeFolder`; nothing can be written, no socket opened, no process or thread started.
/// Memory is bounded, and the process ends with its parent.
void confineBeforeLoading(const std::string& spokeFolder);

/// After it: no file can be opened at all.
void confineAfterLoading();

} // namespace spokehub::spokes
