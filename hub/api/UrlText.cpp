#include "api/UrlText.h"

#include "core/Error.h"
#include "core/Json.h"

#include <algorithm>

namespace spokehub::api
{

namespace
{

int digitOf(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> decoded(std::string_view text, bool plusIsBlank)
{
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plusIsBlank)
            plain += ' ';
        else if (text[i] != '%')
            plain += text[i];
        else {
            const int high = i + 2 < text.size() ? digitOf(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? digitOf(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return std::nullopt;
            plain += static_cast<char>(high << 4 | low);
            i += 2;
        }
    }
    const bool clean = std::ranges::none_of(
        plain, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (!clean || !isUtf8(plain))
        return std::nullopt;
    return plain;
}

} // namespace

std::optional<std::string> decodedPath(std::string_view text)
{
    return decoded(text, false);
}

Query::Query(std::string_view text)
{
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty())
            continue;
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = decoded(pair.substr(0, equals), true);
        if (!name)
            throw Error(Refusal::BadRequest, "the query has a parameter whose name is not UTF-8");
        auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!value)
            throw Error(Refusal::BadRequest,
                        "query parameter " + *name + " is not plain UTF-8 text",
                        {{*name, "is not plain UTF-8 text"}});
        if (find(*name) != nullptr)
            throw Error(Refusal::BadRequest, "query parameter " + *name + " is given twice",
                        {{*name, "is given twice"}});
        _parameters.emplace_back(std::move(*name), std::move(*value));
    }
}

const std::string* Query::find(std::string_view name) const
{
    const auto found =
        std::ranges::find(_parameters, name, [](const auto& parameter) -> std::string_view {
            return parameter.first;
        });
    return found == _parameters.end() ? nullptr : &found->second;
}

std::string_view Query::text(std::string_view name) const
{
    const std::string* value = find(name);
    return value == nullptr ? std::string_view{} : *value;
}

} // namespace spokehub::api
