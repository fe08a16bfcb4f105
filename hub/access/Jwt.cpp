#include "access/Jwt.h"

#include "access/Secrets.h"

namespace spokehub::access
{

namespace
{

constexpr std::size_t sizeMax = 8192;

std::optional<JsonDocument> documentOf(std::string_view part)
{
    const auto text = fromBase64Url(part);
    auto document = text ? JsonDocument::parse(*text) : std::nullopt;
    return document && document->root().isObject() ? std::move(document) : std::nullopt;
}

} // namespace

std::optional<Jwt> Jwt::read(std::string_view token)
{
    const auto first = token.find('.');
    const auto second = first == token.npos ? token.npos : token.find('.', first + 1);
    if (token.size() > sizeMax || second == token.npos || token.find('.', second + 1) != token.npos)
        return std::nullopt;
    auto header = documentOf(token.substr(0, first));
    auto claims = header ? documentOf(token.substr(first + 1, second - first - 1)) : std::nullopt;
    auto signature = claims ? fromBase64Url(token.substr(second + 1)) : std::nullopt;
    if (!signature)
        return std::nullopt;
    return Jwt{*std::move(header), *std::move(claims), token.substr(0, second),
               *std::move(signature)};
}

} // namespace spokehub::access
