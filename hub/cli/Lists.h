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

/// A request's body: what was given of these, each under its own name ("--price-cents" is
/// price_cents, "SKU" is sku).
std::string bodyOf(const Command& command, const std::vector<std::string>& texts,
                   const std::vector<std::string>& numbers = {});

/// {"dry_run": "true"} with --dry-run.
HubClient::Query dryRunOf(const Command& command);
inline const Argument dryRunOption{"--dry-run", "tells what would come of it, and changes nothing"};

/// Prints one thing.
ExitCode printObject(Command& command, const JsonDocument& document);

} // namespace spokehub::cli
