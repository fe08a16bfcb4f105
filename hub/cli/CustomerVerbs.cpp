#include "cli/Lists.h"

#include <fstream>

namespace spokehub::cli
{

namespace
{

const Argument customerArgument{"CUSTOMER", "its id (cus_…)"};
const Argument fileOption{"--file FILE", "written there instead of to the terminal"};

std::string pathOf(const Command& command, const std::string& rest = {})
{
    return "/api/v1/customers/" + escaped(command.text("CUSTOMER")) + rest;
}

ExitCode list(Command& command)
{
    return printList(command, "/api/v1/customers",
                     {"--channel", "--email", "--external-id", "--erased", "--updated-since"},
                     {"id", "channel", "external_id", "email", "name", "phone", "orders"});
}

ExitCode show(Command& command)
{
    return printObject(command, command.hub().get(pathOf(command)));
}

/// For the person: one document, as it is.
ExitCode print(Command& command, const std::string& path)
{
    const std::string document = command.hub().get(path).root().dump();
    const auto name = command.maybe("--file");
    if (!name) {
        command.output().stream() << document << "\n";
        return ExitCode::Done;
    }
    std::ofstream file(*name, std::ios::binary | std::ios::trunc);
    file << document << "\n";
    if (!file.flush())
        throw Failure(*name + " cannot be written");
    command.output().note("written to " + *name);
    return ExitCode::Done;
}

ExitCode erase(Command& command)
{
    command.confirm("All that tells who " + command.text("CUSTOMER") +
                        " is goes from the hub for good; orders keep their lines and sums.",
                    command.text("CUSTOMER"));
    return printObject(command, command.hub().post(pathOf(command, "/erase")));
}

ExitCode requests(Command& command)
{
    return printList(command, "/api/v1/privacy/requests", {"--open", "--kind"},
                     {"id", "channel", "kind", "received_at", "due_at", "closed_at", "closed_by"});
}

ExitCode answer(Command& command)
{
    return printObject(command, command.hub().post("/api/v1/privacy/requests/" +
                                                   escaped(command.text("REQUEST")) + "/close"));
}

} // namespace

std::vector<Verb> customerVerbs()
{
    return {
        {"customer",
         "list",
         "the people whom orders name, newest first",
         {channelOption,
          {"--email ADDRESS", "with this e-mail address"},
          {"--external-id ID", "whom the channel knows by this id"},
          {"--erased true|false", "only those who were erased, or who were not"},
          {"--updated-since TIME", "changed then or later: 2026-11-20T12:00:00Z"},
          limitOption},
         list,
         Verb::looking},
        {"customer", "show", "one customer", {customerArgument}, show, Verb::looking},
        {"customer",
         "export",
         "all that is kept of a customer, as one JSON document",
         {customerArgument, fileOption},
         [](Command& command) { return print(command, pathOf(command, "/export")); }},
        {"customer",
         "erase",
         "erases a customer for good; orders keep their lines and sums",
         {customerArgument},
         erase},
        {"customer",
         "requests",
         "who asked a channel for his data, or to have it erased, and by when it is due",
         {{"--open true|false", "only those that are still to be done, or that are not"},
          {"--kind KIND", "export, erase, erase_channel"},
          limitOption},
         requests},
        {"customer",
         "answer",
         "the document for a request to export, or --done once the person has it",
         {{"REQUEST", "its id (prv_…)"}, fileOption, {"--done", "closes the request"}},
         [](Command& command) {
             return command.flag("--done")
                        ? answer(command)
                        : print(command, "/api/v1/privacy/requests/" +
                                             escaped(command.text("REQUEST")) + "/export");
         }},
    };
}

} // namespace spokehub::cli
