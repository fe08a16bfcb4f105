#include "cli/Command.h"
#include "cli/NewSpoke.h"

#include "spokes/SpokeLibrary.h"

namespace spokehub::cli
{

namespace
{

ExitCode list(Command& command)
{
    const Config config = command.config();
    const spokes::SpokeLibraries libraries(
        {config.spokeDirectories.begin(), config.spokeDirectories.end()}, {config.spokeIsolation});
    JsonWriter json;
    json.beginArray();
    for (const auto& library : libraries.all())
        json.beginObject()
            .member("name", library->manifest().name)
            .member("version", library->manifest().version)
            .member("title", library->manifest().title)
            .member("isolation", libraries.rules().of(library->file()) == Isolation::Process
                                     ? "process"
                                     : "none")
            .member("file", library->file().string())
            .endObject();
    json.endArray();
    command.output().list(JsonDocument::parse(json.text())->root(),
                          {"name", "version", "title", "isolation", "file"});
    for (const std::string& refused : libraries.refused())
        command.output().note(refused);
    return libraries.refused().empty() ? ExitCode::Done : ExitCode::Failed;
}

/// It is loaded in a confined process alone, which can reach nothing; what it says of itself is
/// printed.
ExitCode inspect(Command& command)
{
    spokes::ProcessLauncher launcher;
    const spokes::SpokeLibrary library(command.text("FILE"), launcher);
    command.output().object(JsonDocument::parse(library.manifest().json)->root());
    return ExitCode::Done;
}

ExitCode make(Command& command)
{
    const std::string& name = command.text("NAME");
    const auto directory = command.maybe("--directory").value_or(name);
    for (const auto& file : writeNewSpoke(name, directory, templateDirectory()))
        command.output().note("wrote " + file.string());
    command.output().note(
        "next: cd " + directory +
        " && cmake -B build -S . && cmake --build build && ctest --test-dir build");
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
        {"spoke",
         "new",
         "writes the project of a new spoke: sources, stand-in, fixtures, test, certification",
         {{"NAME", "lower-case letters, digits and underscores"},
          {"--directory DIRECTORY", "where; NAME in this folder otherwise"}},
         make},
    };
}

} // namespace spokehub::cli
