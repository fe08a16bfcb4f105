#include "core/ConfigSection.h"

#include "core/Suggestion.h"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace spokehub
{

namespace
{

const Yaml empty;
constexpr std::size_t nameLengthMax = 63;

bool isName(const std::string& text)
{
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= nameLengthMax && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), good);
}

std::string list(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// Reads digits with a unit; the unit's worth multiplies them. Nothing when it overflows.
std::optional<std::int64_t>
withUnit(std::string_view text,
         std::initializer_list<std::pair<std::string_view, std::int64_t>> units)
{
    std::int64_t number = 0;
    if (text.empty() || text.front() < '0' || text.front() > '9')
        return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    for (const auto& [unit, worth] : units) {
        if (text == unit) {
            std::int64_t product = 0;
            if (__builtin_mul_overflow(number, worth, &product))
                return std::nullopt;
            return product;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> contentOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string content;
    char part[16 * 1024];
    while (file.read(part, sizeof part) || file.gcount() > 0)
        content.append(part, static_cast<std::size_t>(file.gcount()));
    return file.eof() ? std::optional(content) : std::nullopt;
}

std::optional<std::chrono::milliseconds> durationFrom(std::string_view text)
{
    const auto millis = withUnit(
        text, {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}});
    constexpr std::int64_t most =
        std::int64_t{100} * 366 * 86'400'000; // microseconds of it still fit
    if (!millis || *millis > most)
        return std::nullopt;
    return std::chrono::milliseconds(*millis);
}

void ConfigReading::mistake(int line, std::string message)
{
    _mistakes.push_back({line, std::move(message)});
}

void ConfigReading::refuseMistakes() const
{
    if (_mistakes.empty())
        return;
    auto sorted = _mistakes;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Mistake& a, const Mistake& b) { return a.line < b.line; });
    std::vector<std::string> lines;
    for (const Mistake& mistake : sorted)
        lines.push_back(_file + ":" + std::to_string(mistake.line) + ": " + mistake.message);
    throw ConfigError(std::move(lines));
}

ConfigSection::ConfigSection(const Yaml& map, std::string path, ConfigReading& reading)
    : _map(&map), _path(std::move(path)), _reading(&reading)
{
    if (map.kind == Yaml::Kind::Map || map.kind == Yaml::Kind::Null)
        return;
    mistakeAt(map.line, (_path.empty() ? "the configuration" : _path) + " must be a map of keys");
    _map = &empty;
}

const Yaml* ConfigSection::value(const std::string& key)
{
    if (std::find(_known.begin(), _known.end(), key) == _known.end())
        _known.push_back(key);
    _reading->keys().insert(pathOf(key));
    for (const Yaml::Member& member : _map->members)
        if (member.key == key && member.value.kind != Yaml::Kind::Null)
            return &member.value;
    return nullptr;
}

const Yaml* ConfigSection::ofKind(const std::string& key, Yaml::Kind kind, std::string_view wanted)
{
    const Yaml* found = value(key);
    if (found != nullptr && found->kind != kind) {
        mistake(key, "must be " + std::string(wanted));
        return nullptr;
    }
    return found;
}

const Yaml* ConfigSection::scalar(const std::string& key, std::string_view wanted)
{
    return ofKind(key, Yaml::Kind::Scalar, wanted);
}

void ConfigSection::text(const std::string& key, std::string& into)
{
    if (const Yaml* found = scalar(key, "text")) {
        if (found->text.empty())
            mistake(key, "must not be empty");
        into = found->text;
    }
}

void ConfigSection::name(std::string& into, const std::vector<std::string>& taken)
{
    text("name", into);
    if (!has("name"))
        mistake("name", "is missing");
    else if (!into.empty() && !isName(into))
        mistake("name", "\"" + into + "\" must be lowercase letters, digits and \"-\", at most " +
                            std::to_string(nameLengthMax) + ", beginning with a letter or digit");
    else if (std::find(taken.begin(), taken.end(), into) != taken.end())
        mistake("name", "\"" + into + "\" is taken by an earlier entry");
}

void ConfigSection::boolean(const std::string& key, bool& into)
{
    const Yaml* found = scalar(key, "true or false");
    if (found == nullptr)
        return;
    const std::string& word = found->text;
    if (word == "true" || word == "on" || word == "yes")
        into = true;
    else if (word == "false" || word == "off" || word == "no")
        into = false;
    else
        mistake(key, "must be true or false, not \"" + word + "\"");
}

void ConfigSection::bytes(const std::string& key, std::int64_t& into, std::int64_t most)
{
    const Yaml* found = scalar(key, "a size such as 2MiB");
    if (found == nullptr)
        return;
    const auto size = withUnit(found->text, {{"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}});
    if (!size)
        mistake(key, "must be a size such as 2MiB or 512KiB, not \"" + found->text + "\"");
    else if (*size < 1 || *size > most)
        mistake(key, "must be between 1B and " + std::to_string(most / 1024 / 1024) + "MiB");
    else
        into = *size;
}

void ConfigSection::duration(const std::string& key, std::chrono::milliseconds& into)
{
    const Yaml* found = scalar(key, "a duration such as 5m");
    if (found == nullptr)
        return;
    const auto span = durationFrom(found->text);
    if (!span || span->count() == 0)
        mistake(key, "must be a duration such as 250ms, 30s, 5m, 1h or 30d, not \"" + found->text +
                         "\"");
    else
        into = *span;
}

void ConfigSection::durationOrOff(const std::string& key,
                                  std::optional<std::chrono::milliseconds>& into)
{
    const Yaml* found = scalar(key, "a duration such as 5m, or off");
    if (found == nullptr)
        return;
    const auto span = durationFrom(found->text);
    if (found->text == "off")
        into.reset();
    else if (!span || span->count() == 0)
        mistake(key,
                "must be a duration such as 30s, 5m or 1h, or off, not \"" + found->text + "\"");
    else
        into = *span;
}

void ConfigSection::texts(const std::string& key, std::vector<std::string>& into)
{
    const Yaml* found = ofKind(key, Yaml::Kind::List, "a list such as [one, two]");
    if (found == nullptr)
        return;
    std::vector<std::string> read;
    for (const Yaml& item : found->items) {
        if (item.kind == Yaml::Kind::Scalar && !item.text.empty())
            read.push_back(item.text);
        else
            mistakeAt(item.line, pathOf(key) + " holds something that is not text");
    }
    into = std::move(read);
}

std::optional<std::int64_t> ConfigSection::integerIn(const std::string& key, std::int64_t least,
                                                     std::int64_t most)
{
    const Yaml* found = scalar(key, "a whole number");
    if (found == nullptr)
        return std::nullopt;
    std::int64_t number = 0;
    const std::string& text = found->text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        mistake(key, "must be a whole number, not \"" + text + "\"");
    else if (number < least || number > most)
        mistake(key, "must be between " + std::to_string(least) + " and " + std::to_string(most) +
                         ", not " + text);
    else
        return number;
    return std::nullopt;
}

std::optional<std::size_t> ConfigSection::choiceIn(const std::string& key,
                                                   const std::vector<std::string>& words)
{
    const Yaml* found = scalar(key, "one of " + list(words));
    if (found == nullptr)
        return std::nullopt;
    const auto at = std::find(words.begin(), words.end(), found->text);
    if (at != words.end())
        return static_cast<std::size_t>(at - words.begin());
    mistake(key, "cannot be \"" + found->text + "\"" + " (" + suggestion(found->text, words) + ")");
    return std::nullopt;
}

void ConfigSection::secret(const std::string& key, Secret& into)
{
    if (const Yaml* found = value(key))
        into = resolve(*found, pathOf(key)).value_or(Secret());
}

std::optional<Secret> ConfigSection::resolve(const Yaml& reference, const std::string& what)
{
    const std::string& text = reference.text;
    std::optional<std::string> content;
    if (text.starts_with("env:")) {
        content = _reading->environment()(text.substr(4));
        if (!content)
            mistakeAt(reference.line, what + ": the environment has no " + text.substr(4));
    } else if (text.starts_with("file:")) {
        content = contentOf(text.substr(5));
        if (!content)
            mistakeAt(reference.line, what + ": cannot read the file " + text.substr(5));
        while (content && (content->ends_with('\n') || content->ends_with('\r')))
            content->pop_back();
    } else
        mistakeAt(reference.line, what + " must not stand here itself: name where it is, "
                                         "env:NAME or file:PATH");
    if (!content)
        return std::nullopt;
    if (content->empty()) {
        mistakeAt(reference.line, what + ": " + text + " is empty");
        return std::nullopt;
    }
    return Secret(std::move(*content));
}

ConfigSection ConfigSection::section(const std::string& key)
{
    const Yaml* found = value(key);
    return ConfigSection(found != nullptr ? *found : empty, pathOf(key), *_reading);
}

void ConfigSection::each(const std::string& key, const std::function<void(ConfigSection&)>& read)
{
    const Yaml* found = ofKind(key, Yaml::Kind::List, "a list, each entry beginning with \"-\"");
    if (found == nullptr)
        return;
    for (const Yaml& item : found->items) {
        ConfigSection section(item, pathOf(key) + "[]", *_reading);
        read(section);
        section.finish();
    }
}

bool ConfigSection::has(const std::string& key) const
{
    return std::any_of(_map->members.begin(), _map->members.end(), [&](const Yaml::Member& member) {
        return member.key == key && member.value.kind != Yaml::Kind::Null;
    });
}

int ConfigSection::lineOf(const std::string& key) const
{
    for (const Yaml::Member& member : _map->members)
        if (member.key == key)
            return member.line;
    return _map->line;
}

std::string ConfigSection::pathOf(const std::string& key) const
{
    return _path.empty() ? key : _path + "." + key;
}

void ConfigSection::mistake(const std::string& key, const std::string& message)
{
    mistakeAt(lineOf(key), pathOf(key) + " " + message);
}

void ConfigSection::mistakeAt(int line, const std::string& message)
{
    _reading->mistake(line, message);
}

void ConfigSection::finish()
{
    for (const Yaml::Member& member : _map->members)
        if (std::find(_known.begin(), _known.end(), member.key) == _known.end())
            mistakeAt(member.line, "unknown key " + pathOf(member.key) + " (" +
                                       suggestion(member.key, _known) + ")");
}

} // namespace spokehub
