#include "access/Secrets.h"

#include "core/Digest.h"

#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace spokehub::access
{

namespace
{

constexpr std::size_t secretBytes = 32;
constexpr std::size_t secretCharacters = 43;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::string secret::make(std::string_view kind, Id tenant)
{
    std::array<char, secretBytes> random{};
    if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), secretBytes) != 1)
        throw std::runtime_error("no random numbers for a secret");
    return std::string(kind) + "_" + std::to_string(tenant) + "_" +
           toBase64Url({random.data(), random.size()});
}

std::optional<Id> secret::tenantOf(std::string_view kind, std::string_view text)
{
    if (!text.starts_with(kind) || text.substr(kind.size(), 1) != "_")
        return std::nullopt;
    text.remove_prefix(kind.size() + 1);
    Id tenant = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), tenant);
    const auto left = static_cast<std::size_t>(text.data() + text.size() - rest);
    if (error != std::errc() || tenant <= 0 || left != secretCharacters + 1 || *rest != '_')
        return std::nullopt;
    return tenant;
}

std::string secret::hashOf(std::string_view text)
{
    const Digest hash = sha256(text);
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string toBase64Url(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6)
            text += alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0)
        text += alphabet[bits << (6 - count) & 63];
    return text;
}

std::optional<std::string> fromBase64Url(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == alphabet.npos)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> count & 255);
        }
    }
    if (count == 6 || (bits & ((1U << count) - 1)) != 0)
        return std::nullopt;
    return bytes;
}

} // namespace spokehub::access
