#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub
{

/// One value of a YAML text with the line it stands on: plain data, so that whoever reads it can
/// name the place of a mistake. Aliases are followed; duplicate keys are both kept.
struct Yaml
{
    enum class Kind
    {
        Null,
        Scalar,
        List,
        Map,
    };
    struct Member;

    Kind kind = Kind::Null;
    int line = 1;
    bool quoted = false; // a quoted scalar is text, whatever it looks like
    std::string text;    // of a scalar
    std::vector<Yaml> items;
    std::vector<Member> members;

    /// Reads one document; an empty text is Null. Throws YamlError.
    static Yaml parse(const std::string& text);
};

struct Yaml::Member
{
    std::string key;
    int line = 1;
    Yaml value;
};

class YamlError : public std::runtime_error
{
public:
    YamlError(int line, const std::string& message) : std::runtime_error(message), _line(line) {}
    int line() const { return _line; }

private:
    int _line;
};

/// The value as compact JSON: integers and true/false as such unless quoted, every other scalar as
/// text, so that "1.10", 0815 and 2026-07 keep their characters.
std::string toJson(const Yaml& value);

} // namespace spokehub
