#include "core/FieldChecks.h"

#include <optional>

namespace spokehub
{

namespace
{

/// Takes the next character off the front; nothing when that is not UTF-8 (RFC 3629).
std::optional<char32_t> takeCharacter(std::string_view& text)
{
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
    if (size == 0 || size > text.size())
        return std::nullopt;
    char32_t character = size == 1 ? first : first & (0x7fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80)
            return std::nullopt;
        character = character << 6 | (next & 0x3fu);
    }
    constexpr char32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (character < shortest[size] || character > 0x10ffff ||
        (character >= 0xd800 && character < 0xe000))
        return std::nullopt;
    text.remove_prefix(size);
    return character;
}

bool isControl(char32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

std::string problemOf(std::string_view text, std::size_t min, std::size_t max)
{
    std::size_t characters = 0;
    for (std::string_view rest = text; !rest.empty(); ++characters) {
        const auto character = takeCharacter(rest);
        if (!character)
            return "is not UTF-8";
        if (isControl(*character))
            return "has a control character at place " + std::to_string(characters + 1);
    }
    if (characters < min && characters == 0)
        return "is missing";
    if (characters < min || characters > max)
        return "has " + std::to_string(characters) + " characters, allowed are " +
               std::to_string(min) + " to " + std::to_string(max);
    if (!text.empty() && (text.front() == ' ' || text.back() == ' '))
        return "begins or ends with a blank";
    return {};
}

} // namespace

FieldChecks& FieldChecks::text(std::string_view field, std::string_view value, std::size_t min,
                               std::size_t max)
{
    const std::string problem = problemOf(value, min, max);
    return require(problem.empty(), field, problem);
}

FieldChecks& FieldChecks::number(std::string_view field, std::int64_t value, std::int64_t min,
                                 std::int64_t max)
{
    return require(value >= min && value <= max, field,
                   "is " + std::to_string(value) + ", allowed are " + std::to_string(min) + " to " +
                       std::to_string(max));
}

FieldChecks& FieldChecks::require(bool fulfilled, std::string_view field, std::string_view reason)
{
    if (!fulfilled)
        _errors.push_back({std::string(field), std::string(reason)});
    return *this;
}

void FieldChecks::refuse(std::string_view thing) const
{
    if (_errors.empty())
        return;
    std::string message(thing);
    for (const FieldError& error : _errors)
        message += (&error == &_errors.front() ? ": " : "; ") + error.field + " " + error.reason;
    throw Error(Refusal::BadRequest, message, _errors);
}

} // namespace spokehub
