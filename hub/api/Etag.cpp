#include "api/Etag.h"

#include "core/Error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <functional>

namespace spokehub::api
{

namespace
{

/// Members that are another moment's without anybody changing the thing. They are numbers, null or
/// objects without any in them. Between quotes stands no such text, which would be escaped there.
constexpr std::array<std::string_view, 3> passing = {R"("age_seconds":)", R"("lag":)",
                                                     R"("pulled_at":)"};

/// As body.find(), which stops at each quotation mark: there is one at every turn of JSON.
std::size_t find(std::string_view body, std::string_view name, std::size_t from)
{
    const void* found = ::memmem(body.data() + from, body.size() - from, name.data(), name.size());
    return found == nullptr
               ? std::string_view::npos
               : static_cast<std::size_t>(static_cast<const char*>(found) - body.data());
}

/// The first of them from there on, and where its value ends; npos when there is none.
std::pair<std::size_t, std::size_t> nextPassing(std::string_view body, std::size_t from)
{
    std::size_t first = std::string_view::npos;
    for (const std::string_view name : passing)
        first = std::min(first, find(body, name, from));
    if (first == std::string_view::npos)
        return {first, first};
    const std::size_t value = body.find(':', first) + 1;
    const std::size_t end = body.substr(value).starts_with('{') ? body.find('}', value)
                                                                : body.find_first_of(",}", value);
    return {first, std::min(end, body.size())};
}

void add(std::string& tag, std::size_t number)
{
    std::array<char, 20> text{};
    tag.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number, 36).ptr);
}

constexpr std::hash<std::string_view> hashOf;

/// What `visit` gets of each tag in a header, without blanks; true when it says so of one.
template <class Visit>
bool anyOf(std::string_view header, const Visit& visit)
{
    while (!header.empty()) {
        std::string_view one = header.substr(0, header.find(','));
        header.remove_prefix(std::min(header.size(), one.size() + 1));
        while (one.starts_with(' '))
            one.remove_prefix(1);
        while (one.ends_with(' '))
            one.remove_suffix(1);
        if (one == "*" || visit(one))
            return true;
    }
    return false;
}

/// A tag without what goes by.
std::string_view lasting(std::string_view tag)
{
    return tag.substr(0, std::min(tag.find_first_of(".\"", 1), tag.size()));
}

} // namespace

std::string etagOf(std::string_view body)
{
    std::string tag = "\"";
    auto [at, end] = nextPassing(body, 0);
    if (at == std::string_view::npos) {
        add(tag, hashOf(body));
        add(tag += '-', body.size());
        return tag += '"';
    }
    std::string stays, passes;
    std::size_t from = 0;
    for (; at != std::string_view::npos; std::tie(at, end) = nextPassing(body, from)) {
        stays.append(body.substr(from, at - from));
        passes.append(body.substr(at, end - at));
        from = end;
    }
    stays.append(body.substr(from));
    add(tag, hashOf(stays));
    add(tag += '-', stays.size());
    add(tag += '.', hashOf(passes));
    return tag += '"';
}

bool namesEtag(std::string_view header, std::string_view etag)
{
    return anyOf(header, [&](std::string_view one) {
        if (one.starts_with("W/")) // as a proxy may have made it, which packed the answer
            one.remove_prefix(2);
        return one == etag;
    });
}

void requireMatch(std::string_view header, std::string_view body)
{
    const std::string etag = etagOf(body);
    const bool known = anyOf(header, [&](std::string_view one) {
        return one.starts_with('"') && lasting(one) == lasting(etag);
    });
    if (!known)
        throw Error(Refusal::PreconditionFailed,
                    "it was changed meanwhile: read it again, and send the ETag of that answer");
}

} // namespace spokehub::api
