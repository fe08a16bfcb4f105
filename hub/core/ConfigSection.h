#pragma once

#include "core/Config.h"
#include "core/Yaml.h"

#include <set>

namespace spokehub
{

/// What is shared while one file is read: its mistakes, and the keys that were asked for.
class ConfigReading
{
public:
    ConfigReading(std::string file, Config::Environment environment)
        : _file(std::move(file)), _environment(std::move(environment))
    {
    }

    void mistake(int line, std::string message);
    /// Throws ConfigError when there was a mistake.
    void refuseMistakes() const;

    const Config::Environment& environment() const { return _environment; }
    std::set<std::string>& keys() { return _keys; }

private:
    struct Mistake
    {
        int line;
        std::string message;
    };

    std::string _file;
    Config::Environment _environment;
    std::vector<Mistake> _mistakes;
    std::set<std::string> _keys;
};

/// One map of the configuration. A key that is asked for is thereby known; finish() refuses all
/// others. A value of the wrong kind is a mistake and leaves the default; an absent or empty one
/// leaves it without a word.
class ConfigSection
{
public:
    ConfigSection(const Yaml& map, std::string path, ConfigReading& reading);

    void text(const std::string& key, std::string& into);
    /// The key `name`: it must be there, well formed and not `taken`.
    void name(std::string& into, const std::vector<std::string>& taken);
    void boolean(const std::string& key, bool& into);
    void bytes(const std::string& key, std::int64_t& into, std::int64_t most);
    void duration(const std::string& key, std::chrono::milliseconds& into);
    void durationOrOff(const std::string& key, std::optional<std::chrono::milliseconds>& into);
    void texts(const std::string& key, std::vector<std::string>& into);

    template <class Int>
    void integer(const std::string& key, Int& into, std::int64_t least, std::int64_t most)
    {
        if (const auto number = integerIn(key, least, most))
            into = static_cast<Int>(*number);
    }
    template <class Int>
    void integer(const std::string& key, std::optional<Int>& into, std::int64_t least,
                 std::int64_t most)
    {
        if (const auto number = integerIn(key, least, most))
            into = static_cast<Int>(*number);
    }

    /// One of a few words, each with what it means.
    template <class Choice>
    void choice(const std::string& key, Choice& into,
                const std::vector<std::pair<std::string, Choice>>& choices)
    {
        std::vector<std::string> words;
        for (const auto& [word, meaning] : choices)
            words.push_back(word);
        if (const auto index = choiceIn(key, words))
            into = choices[*index].second;
    }

    /// A value by `env:NAME` or `file:PATH`, and nothing when it is not to be had (which is a
    /// mistake).
    void secret(const std::string& key, Secret& into);
    std::optional<Secret> resolve(const Yaml& reference, const std::string& what);

    ConfigSection section(const std::string& key);
    void each(const std::string& key, const std::function<void(ConfigSection&)>& read);
    /// The value as it stands; null when absent or empty.
    const Yaml* value(const std::string& key);

    bool has(const std::string& key) const;
    int line() const { return _map->line; }
    int lineOf(const std::string& key) const;
    const std::string& path() const { return _path; }
    /// Says what is wrong with `key`; the message begins with its path.
    void mistake(const std::string& key, const std::string& message);
    void mistakeAt(int line, const std::string& message);
    void finish();

private:
    const Yaml* scalar(const std::string& key, std::string_view wanted);
    const Yaml* ofKind(const std::string& key, Yaml::Kind kind, std::string_view wanted);
    std::optional<std::int64_t> integerIn(const std::string& key, std::int64_t least,
                                          std::int64_t most);
    std::optional<std::size_t> choiceIn(const std::string& key,
                                        const std::vector<std::string>& words);
    std::string pathOf(const std::string& key) const;

    const Yaml* _map;
    std::string _path;
    ConfigReading* _reading;
    std::vector<std::string> _known;
};

/// "30s", "5m", "1h", "30d", "250ms"; nothing when it does not read like that.
std::optional<std::chrono::milliseconds> durationFrom(std::string_view text);

/// All of a file; nothing when it cannot be read.
std::optional<std::string> contentOf(const std::string& path);

/// The names so far, which another may not have.
template <class Named>
std::vector<std::string> named(const std::vector<Named>& entries)
{
    std::vector<std::string> names;
    for (const Named& entry : entries)
        names.push_back(entry.name);
    return names;
}

} // namespace spokehub
