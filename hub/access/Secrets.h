#pragma once

#include "core/Id.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{

/// What somebody is known by when he shows it: "shk_1_mZ…", 256 random bits that name their kind
/// and their tenant. Only its hash is kept; of random bits a fast one is enough.
namespace secret
{

constexpr std::string_view apiKey = "shk";
constexpr std::string_view refreshToken = "shr";
constexpr std::string_view cookie = "shc";

std::string make(std::string_view kind, Id tenant);

/// Nothing when it is of another kind, or none.
std::optional<Id> tenantOf(std::string_view kind, std::string_view text);

std::string hashOf(std::string_view text);

} // namespace secret

/// base64url without padding (RFC 4648), and back; nothing when it is none, or not the only way to
/// write these bytes.
std::string toBase64Url(std::string_view bytes);
std::optional<std::string> fromBase64Url(std::string_view text);

} // namespace spokehub::access
