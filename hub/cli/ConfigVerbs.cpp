#include "cli/Command.h"

namespace spokehub::cli
{

namespace
{

ExitCode check(Command& command)
{
    const std::string file = command.maybe("FILE").value_or("");
    const std::string name = file.empty() ? command.configFile() : file;
    try {
        (void)Config::load(name);
    } catch (const ConfigError& error) {
        throw Failure(error.what());
    }
    command.output().note(name + ": good");
    return ExitCode::Done;
}

} // namespace

std::vector<Verb> configVerbs()
{
    return {{"config",
             "check",
             "reads the configuration and its secrets, and says what is wrong",
             {{"[FILE]", "instead of --config"}},
             check}};
}

} // namespace spokehub::cli
