#pragma once

namespace spokehub
{

/// The program spokehubd: Poco::Util::ServerApplication around a Hub, which it waits for while PostgreSQL is not there yet.
/// TERM and INT drain, HUP reads the configuration file again: what can change meanwhile does, what is wrong or needs a
/// restart is said; sd_notify tells systemd. Answers the exit code.
int runDaemon(int argc, char** argv);

} // namespace spokehub
