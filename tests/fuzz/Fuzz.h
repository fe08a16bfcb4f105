#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace spokehub::fuzz
{

/// Ends the program, which keeps the input, when a rule does not hold.
inline void require(bool holds, const std::string& rule)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken: %s\n", rule.c_str());
    std::abort();
}

inline std::string_view viewOf(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

/// Cuts off what stands before `end`, and `end`; all of it when there is none.
inline std::string_view cut(std::string_view& rest, char end)
{
    const auto at = rest.find(end);
    const std::string_view before = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return before;
}

} // namespace spokehub::fuzz

/// What libFuzzer calls, again and again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
