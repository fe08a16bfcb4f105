#include "http/Message.h"

#include <algorithm>

namespace spokehub::http
{

namespace
{

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

} // namespace

bool equalNames(std::string_view one, std::string_view other)
{
    return one.size() == other.size() &&
           std::equal(one.begin(), one.end(), other.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

const std::string* Request::header(std::string_view name) const
{
    const auto found = std::ranges::find_if(
        headers, [name](const Header& header) { return equalNames(header.name, name); });
    return found == headers.end() ? nullptr : &found->value;
}

std::size_t Request::count(std::string_view name) const
{
    return static_cast<std::size_t>(std::ranges::count_if(
        headers, [name](const Header& header) { return equalNames(header.name, name); }));
}

} // namespace spokehub::http
