#pragma once

#include <optional>
#include <string_view>

namespace spokehub::http
{

/// What a request asks for, in views of the request-target (RFC 9112, section 3.2).
struct Target
{
    std::string_view authority; // of the absolute form only
    std::string_view path;
    std::string_view query;
};

/// Takes the origin form, the absolute form of http and https, and * for OPTIONS. Nothing for
/// anything else: other forms, a fragment, what is not ASCII, a % without its two hex digits, user
/// information.
std::optional<Target> splitTarget(std::string_view method, std::string_view target);

/// A host as Host carries it: a name or an address, in brackets for IPv6, and perhaps a port.
bool isAuthority(std::string_view text);

} // namespace spokehub::http
