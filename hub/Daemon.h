#pragma once

namespace spokehub
{

/// The program spokehubd: Poco::Util::ServerApplication around a Hub. TERM and INT drain, HUP checks the configuration
/// file and says what is wrong with it; sd_notify tells systemd. Answers the exit code.
int runDaemon(int argc, char** argv);

} // namespace spokehub
