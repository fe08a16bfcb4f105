#include "core/Yaml.h"

#include "core/Json.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>

namespace spokehub
{

namespace
{

constexpr int nodesMax = 100'000; // aliases of aliases grow without bound
constexpr int depthMax = 64;

class Copier
{
public:
    Yaml copy(const YAML::Node& node, int depth = 0)
    {
        const int line = node.Mark().line + 1;
        if (++_nodes > nodesMax)
            throw YamlError(line, "more than " + std::to_string(nodesMax) + " values");
        if (depth > depthMax)
            throw YamlError(line, "nested deeper than " + std::to_string(depthMax) + " levels");

        Yaml value;
        value.line = line;
        if (node.IsScalar()) {
            value.kind = Yaml::Kind::Scalar;
            value.quoted = node.Tag() == "!";
            value.text = node.Scalar();
        } else if (node.IsSequence()) {
            value.kind = Yaml::Kind::List;
            for (const auto& item : node)
                value.items.push_back(copy(item, depth + 1));
        } else if (node.IsMap()) {
            value.kind = Yaml::Kind::Map;
            for (const auto& member : node)
                value.members.push_back(copyMember(member.first, member.second, depth));
        }
        return value;
    }

private:
    Yaml::Member copyMember(const YAML::Node& key, const YAML::Node& content, int depth)
    {
        const int line = key.Mark().line + 1;
        if (!key.IsScalar())
            throw YamlError(line, "a key must be plain text");
        Yaml value = copy(content, depth + 1);
        if (value.kind == Yaml::Kind::Null)
            value.line = line;
        return {key.Scalar(), line, std::move(value)};
    }

    int _nodes = 0;
};

/// Where documents begin, and nothing of what is in them.
class Beginnings final : public YAML::EventHandler
{
public:
    YAML::Mark last;

    void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  const std::string&) override
    {
    }
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override
    {
    }
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override
    {
    }
    void OnMapEnd() override {}
};

/// Not LoadAll: where a text is neither a document nor the end of one, that finds ever more of
/// them, in the same place.
void refuseSecondDocument(const std::string& text)
{
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Beginnings beginnings;
    if (!parser.HandleNextDocument(beginnings))
        return;
    const int first = beginnings.last.pos;
    if (!parser.HandleNextDocument(beginnings))
        return;
    throw YamlError(beginnings.last.line + 1, beginnings.last.pos == first
                                                  ? "not YAML: no value begins so"
                                                  : "a second document begins; one is read");
}

std::optional<std::int64_t> integerOf(const std::string& text)
{
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    if (text.size() > sign + 1 && text[sign] == '0')
        return std::nullopt; // a code such as 0815, not a number
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

void writeScalar(JsonWriter& json, const Yaml& value)
{
    const auto number = value.quoted ? std::nullopt : integerOf(value.text);
    if (number)
        json.value(*number);
    else if (!value.quoted && (value.text == "true" || value.text == "false"))
        json.value(value.text == "true");
    else
        json.value(value.text);
}

void write(JsonWriter& json, const Yaml& value)
{
    switch (value.kind) {
    case Yaml::Kind::Null:
        json.null();
        break;
    case Yaml::Kind::Scalar:
        writeScalar(json, value);
        break;
    case Yaml::Kind::List:
        json.beginArray();
        for (const Yaml& item : value.items)
            write(json, item);
        json.endArray();
        break;
    case Yaml::Kind::Map:
        json.beginObject();
        for (const Yaml::Member& member : value.members) {
            json.key(member.key);
            write(json, member.value);
        }
        json.endObject();
        break;
    }
}

} // namespace

Yaml Yaml::parse(const std::string& text)
{
    try {
        refuseSecondDocument(text);
        return Copier().copy(YAML::Load(text));
    } catch (const YAML::Exception& error) {
        throw YamlError(error.mark.is_null() ? 1 : error.mark.line + 1, "not YAML: " + error.msg);
    }
}

std::string toJson(const Yaml& value)
{
    JsonWriter json;
    write(json, value);
    return json.take();
}

} // namespace spokehub
