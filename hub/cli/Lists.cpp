#include "cli/Lists.h"

#include <algorithm>

namespace spokehub::cli
{

namespace
{

HubClient::Query queryOf(const Command& command, const std::vector<std::string>& filters)
{
    HubClient::Query query;
    for (const std::string& filter : filters)
        if (const auto value = command.maybe(filter)) {
            std::string name = filter.substr(2);
            std::ranges::replace(name, '-', '_');
            query.emplace_back(std::move(name), *value);
        }
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

ExitCode printObject(Command& command, const JsonDocument& document)
{
    command.output().object(document.root());
    return ExitCode::Done;
}

} // namespace spokehub::cli
