#include "cli/Lists.h"

#include <algorithm>
#include <cctype>

namespace spokehub::cli
{

namespace
{

/// "--price-cents" and "SKU" as the hub calls them: price_cents, sku.
std::string memberOf(const std::string& argument)
{
    std::string name = argument.substr(argument.starts_with("--") ? 2 : 0);
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
        return c == '-' ? '_' : static_cast<char>(std::tolower(c));
    });
    return name;
}

HubClient::Query queryOf(const Command& command, const std::vector<std::string>& filters)
{
    HubClient::Query query;
    for (const std::string& filter : filters)
        if (const auto value = command.maybe(filter))
            query.emplace_back(memberOf(filter), *value);
    return query;
}

} // namespace

ExitCode printWhole(Command& command, const std::string& path,
                    const std::vector<std::string>& filters,
                    const std::vector<std::string>& columns)
{
    command.output().list(command.hub().get(path, queryOf(command, filters)).root(), columns);
    return ExitCode::Done;
}

ExitCode printList(Command& command, const std::string& path,
                   const std::vector<std::string>& filters, const std::vector<std::string>& columns)
{
    HubClient::Query query = queryOf(command, filters);
    const std::int64_t limit = command.maybeInteger("--limit").value_or(100);
    if (limit < 1)
        throw Failure("--limit: must be 1 or more", ExitCode::Usage);
    command.output().list(command.hub().list(path, std::move(query), limit).root(), columns);
    return ExitCode::Done;
}

std::string bodyOf(const Command& command, const std::vector<std::string>& texts,
                   const std::vector<std::string>& numbers)
{
    JsonWriter body;
    body.beginObject();
    for (const std::string& name : texts)
        if (const auto value = command.maybe(name))
            body.member(memberOf(name), *value);
    for (const std::string& name : numbers)
        if (const auto value = command.maybeInteger(name))
            body.member(memberOf(name), *value);
    return body.endObject().take();
}

HubClient::Query dryRunOf(const Command& command)
{
    return command.flag("--dry-run") ? HubClient::Query{{"dry_run", "true"}} : HubClient::Query{};
}

ExitCode printObject(Command& command, const JsonDocument& document)
{
    command.output().object(document.root());
    return ExitCode::Done;
}

} // namespace spokehub::cli
