#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spokehub
{

constexpr std::size_t sealingKeyBytes = 32;

/// The bytes of a key as `openssl rand -hex 32` or `-base64 32` writes it; nothing when it is none.
std::optional<std::string> sealingKeyFrom(std::string_view text);

} // namespace spokehub
