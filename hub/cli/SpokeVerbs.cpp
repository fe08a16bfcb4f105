#include "cli/Command.h"

#include "spokes/SpokeLibrary.h"

namespace spokehub::cli
{

namespace
{

ExitCode list(Command& command)
{
    const Config config = command.config();
    const spokes::SpokeLibraries libraries(
        {config.spokeDirectories.begin(), config.spokeDirectories.end()});
    JsonWriter json;
    json.beginArray();
    for (const auto& library : libraries.all())
        json.beginObject()
            .member("name", library->manifest().name)
            .member("version", library->manifest().version)
            .member("title", library->manifest().title)
            .member("file", library->file().string())
            .endObject();
    json.endArray();
    command.output().list(JsonDocument::parse(json.text())->root(),
                          {"name", "version", "title", "file"});
    for (const std::string& refused : libraries.refused())
        command.output().note(refused);
    return libraries.refused().empty() ? ExitCode::Done : ExitCode::Failed;
}

/// Only a file that exports what a spoke must is loaded; what it says of itself is printed.
ExitCode inspect(Command& command)
{
    const spokes::SpokeLibrary library(command.text("FILE"));
    command.output().object(JsonDocument::parse(library.manifest().json)->root());
    return ExitCode::Done;
}

} // namespace

std::vector<Verb> spokeVerbs()
{
    return {
        {"spoke", "list", "the spokes in the configured directories", {}, list},
        {"spoke",
         "inspect",
         "what a spoke says of itself: verbs, settings, secrets, limits",
         {{"FILE", "a spoke, such as build/release/spokes/shopify.so"}},
         inspect},
    };
}

} // namespace spokehub::cli
