#pragma once

#include "cli/Command.h"

namespace spokehub::cli
{

/// The options that every list has.
inline const Argument limitOption{"--limit N", "so many rows at most (default 100)"};
inline const Argument channelOption{"--channel NAME", "of one channel only"};

/// Prints a list of the hub. `filters`: options that go into the query under their own names.
ExitCode printList(Command& command, const std::string& path,
                   const std::vector<std::string>& filters,
                   const std::vector<std::string>& columns);

/// The same for what comes as a whole, without pages.
ExitCode printWhole(Command& command, const std::string& path,
                    const std::vector<std::string>& filters,
                    const std::vector<std::string>& columns);

/// Prints one thing.
ExitCode printObject(Command& command, const JsonDocument& document);

} // namespace spokehub::cli
