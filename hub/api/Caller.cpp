#include "api/Caller.h"

#include "core/Error.h"

#include <string_view>

namespace spokehub::api
{

namespace
{

constexpr std::string_view bearer = "Bearer ";

/// Empty when there is none.
std::string_view keyIn(const http::Request& request)
{
    if (const std::string* authorization = request.header("Authorization")) {
        const std::string_view text = *authorization;
        if (!http::equalNames(text.substr(0, bearer.size()), bearer))
            return {};
        const std::string_view key = text.substr(bearer.size());
        return key.substr(std::min(key.find_first_not_of(' '), key.size()));
    }
    for (const std::string_view name : {"X-Api-Key", "x-admin-key"})
        if (const std::string* key = request.header(name))
            return *key;
    return {};
}

} // namespace

access::Caller callerOf(const http::Request& request, const access::ApiKeys& keys)
{
    const std::string_view key = keyIn(request);
    if (key.empty())
        throw Error(Refusal::Unauthorized,
                    "an API key is missing: send it as Authorization: Bearer, or as X-Api-Key");
    if (request.count("Authorization") > 1)
        throw Error(Refusal::Unauthorized, "Authorization is given more than once");
    auto caller = keys.find(key);
    if (!caller)
        throw Error(Refusal::Unauthorized, "the API key is not known");
    return *std::move(caller);
}

} // namespace spokehub::api
