#include "core/SealingKey.h"

#include <openssl/evp.h>

#include <array>
#include <charconv>

namespace spokehub
{

namespace
{

constexpr std::size_t base64Characters = 44; // 32 bytes, and one "=" at the end

std::optional<std::string> fromHex(std::string_view text)
{
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        unsigned byte = 0;
        const char* end = text.data() + at + 2;
        const auto [rest, error] = std::from_chars(text.data() + at, end, byte, 16);
        if (error != std::errc() || rest != end)
            return std::nullopt;
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::optional<std::string> fromBase64(std::string_view text)
{
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (!text.ends_with('=') || text.find_first_not_of(alphabet) != text.size() - 1)
        return std::nullopt;
    std::array<unsigned char, sealingKeyBytes + 1> bytes{}; // the "=" is decoded as a zero
    EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                    static_cast<int>(text.size()));
    return std::string(reinterpret_cast<const char*>(bytes.data()), sealingKeyBytes);
}

} // namespace

std::optional<std::string> sealingKeyFrom(std::string_view text)
{
    if (text.size() == 2 * sealingKeyBytes)
        return fromHex(text);
    return text.size() == base64Characters ? fromBase64(text) : std::nullopt;
}

} // namespace spokehub
