#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

const std::string locations = "/api/v1/locations";
const std::string inventory = "/api/v1/inventory";

ExitCode listLocations(Command& command)
{
    return printList(command, locations, {}, {"name", "title"});
}

ExitCode addLocation(Command& command)
{
    return printObject(command,
                       command.hub().post(locations, {}, bodyOf(command, {"NAME", "--title"})));
}

ExitCode renameLocation(Command& command)
{
    return printObject(command,
                       command.hub().send("PATCH", locations + "/" + escaped(command.text("NAME")),
                                          {}, bodyOf(command, {"TITLE"})));
}

ExitCode listItems(Command& command)
{
    return printList(command, inventory, {"--sku", "--status", "--location", "--updated-since"},
                     {"id", "serial", "sku", "location", "status", "order_id", "note"});
}

/// A serial is asked for: it may look like anything but an id.
std::string pathOf(Command& command)
{
    const std::string& item = command.text("ITEM");
    if (item.starts_with("itm_"))
        return inventory + "/" + escaped(item);
    const auto found = command.hub().get("/api/v1/resolve", {{"code", item}});
    std::string id;
    found.root()["data"].each([&](Json row) {
        if (row.textOr("kind") == "item")
            id = row.textOr("id");
        return id.empty();
    });
    if (id.empty())
        throw Failure("there is no unit with the serial " + item);
    return inventory + "/" + id;
}

ExitCode showItem(Command& command)
{
    return printObject(command, command.hub().get(pathOf(command)));
}

ExitCode addItem(Command& command)
{
    return printObject(command,
                       command.hub().post(inventory, {},
                                          bodyOf(command, {"SKU", "SERIAL", "--location", "--note"},
                                                 {"--cost-cents"})));
}

/// A verb of one unit: what it takes goes into the body.
std::function<ExitCode(Command&)> changing(const std::string& verb, std::vector<std::string> texts)
{
    return [verb, texts = std::move(texts)](Command& command) {
        const std::string path = pathOf(command) + "/" + verb;
        return printObject(command, command.hub().post(path, {}, bodyOf(command, texts)));
    };
}

const Argument itemArgument{"ITEM", "its serial, or its id (itm_…)"};

} // namespace

std::vector<Verb> warehouseVerbs()
{
    return {
        {"location", "list", "where stock lies", {limitOption}, listLocations, Verb::looking},
        {"location",
         "add",
         "makes a place",
         {{"NAME", "lower-case letters, digits, - and _"}, {"--title TEXT", "for people"}},
         addLocation},
        {"location",
         "rename",
         "calls a place something else; its name stays",
         {{"NAME", "of the place"}, {"TITLE", "for people"}},
         renameLocation},
        {"inventory",
         "list",
         "single units by their serials",
         {{"--sku SKU", "of this one alone"},
          {"--status STATUS", "AVAILABLE, RESERVED, SOLD, RMA or DAMAGED"},
          {"--location NAME", "at this one alone"},
          {"--updated-since TIME", "changed since, in the order of the changes"},
          limitOption},
         listItems,
         Verb::looking},
        {"inventory", "show", "one unit", {itemArgument}, showItem, Verb::looking},
        {"inventory",
         "add",
         "receives a unit with a serial",
         {{"SKU", "of its variant"},
          {"SERIAL", "unique"},
          {"--location NAME", "where (default main)"},
          {"--cost-cents N", "what it has cost"},
          {"--note TEXT", "stands with it"}},
         addItem},
        {"inventory",
         "reserve",
         "holds a unit",
         {itemArgument, {"--reference TEXT", "for whom"}},
         changing("reserve", {"--reference"})},
        {"inventory", "release", "gives a held unit back", {itemArgument}, changing("release", {})},
        {"inventory",
         "sell",
         "a unit leaves the shelf",
         {itemArgument, {"--order-id ORDER", "the order that it left with"}},
         changing("sell", {"--order-id"})},
        {"inventory",
         "move",
         "moves a unit",
         {itemArgument, {"LOCATION", "where to"}},
         changing("move", {"LOCATION"})},
        {"inventory",
         "status",
         "says that a unit came back, is broken, or is good again",
         {itemArgument,
          {"STATUS", "RMA, DAMAGED or AVAILABLE"},
          {"--reason TEXT", "stands with it", true}},
         changing("status", {"STATUS", "--reason"})},
    };
}

} // namespace spokehub::cli
