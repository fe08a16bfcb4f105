#include "cli/Lists.h"

#include <charconv>

namespace spokehub::cli
{

namespace
{

const std::string counts = "/api/v1/counts";
const Argument countArgument{"COUNT", "its id (cnt_…)"};

std::string pathOf(const Command& command, const std::string& rest = {})
{
    return counts + "/" + escaped(command.text("COUNT")) + rest;
}

ExitCode list(Command& command)
{
    return printList(command, counts, {"--state"},
                     {"id", "location", "title", "state", "lines", "actor", "created_at"});
}

ExitCode show(Command& command)
{
    return printObject(command, command.hub().get(pathOf(command)));
}

ExitCode open(Command& command)
{
    return printObject(command,
                       command.hub().post(counts, {}, bodyOf(command, {"--location", "--title"})));
}

/// "LEG-S=12": SKUs may hold a =, numbers do not.
ExitCode record(Command& command)
{
    JsonWriter body;
    body.beginObject().key("lines").beginArray();
    for (const std::string& line : command.all("--found")) {
        const auto equals = line.rfind('=');
        std::int64_t counted = -1;
        if (equals != line.npos)
            std::from_chars(line.data() + equals + 1, line.data() + line.size(), counted);
        if (counted < 0 || equals == 0)
            throw Failure("--found: '" + line + "' is not like LEG-S=12", ExitCode::Usage);
        body.beginObject()
            .member("sku", line.substr(0, equals))
            .member("counted", counted)
            .endObject();
    }
    return printObject(command, command.hub().post(pathOf(command, "/lines"), {},
                                                   body.endArray().endObject().take()));
}

ExitCode close(Command& command)
{
    if (!command.flag("--dry-run"))
        command.confirm("The levels become what was counted in " + command.text("COUNT") + ".",
                        command.text("COUNT"));
    return printObject(command, command.hub().post(pathOf(command, "/close"), dryRunOf(command)));
}

ExitCode cancel(Command& command)
{
    return printObject(command, command.hub().post(pathOf(command, "/cancel")));
}

} // namespace

std::vector<Verb> countVerbs()
{
    return {
        {"count",
         "list",
         "counts of places, newest first",
         {{"--state STATE", "open, closed or cancelled"}, limitOption},
         list,
         Verb::looking},
        {"count", "show", "one with what was found", {countArgument}, show, Verb::looking},
        {"count",
         "open",
         "begins to count a place",
         {{"--location NAME", "where (default main)"}, {"--title TEXT", "for people"}},
         open},
        {"count",
         "record",
         "writes down what was found; of a SKU the last number counts",
         {countArgument, {"--found SKU=N", "so many of this", true}},
         record},
        {"count",
         "close",
         "the levels become what was counted; what was not counted stays",
         {countArgument, dryRunOption},
         close},
        {"count", "cancel", "ends a count that shall change nothing", {countArgument}, cancel},
    };
}

} // namespace spokehub::cli
