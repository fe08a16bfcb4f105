#pragma once

#include "core/Json.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{

/// A JSON web token taken apart; nothing in it is verified. Its documents are objects.
struct Jwt
{
    JsonDocument header;
    JsonDocument claims;
    std::string_view signedPart; // of the text it was read from
    std::string signature;

    /// Nothing for what does not read like one, and for what is larger than any token.
    static std::optional<Jwt> read(std::string_view token);
};

} // namespace spokehub::access
