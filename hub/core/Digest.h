#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace spokehub
{

/// SHA-256.
using Digest = std::array<unsigned char, 32>;
Digest sha256(std::string_view data);

/// Lower-case hex digits, two for each byte.
std::string hexOf(std::span<const unsigned char> bytes);
std::string sha256Hex(std::string_view data);

} // namespace spokehub
