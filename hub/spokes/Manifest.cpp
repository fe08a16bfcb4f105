#include "spokes/Manifest.h"

#include "core/Clock.h"
#include "core/Suggestion.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <regex>
#include <span>

namespace spokehub::spokes
{

namespace
{

constexpr std::array<std::string_view, 6> knownVerbs = {"check", "accept", "translate",
                                                        "pull",  "push",   "subscribe"};
constexpr std::array<std::string_view, 5> knownStreams = {"orders", "listings", "levels",
                                                          "shipments", "keys"};
constexpr std::array<std::string_view, 2> knownPushes = {"stock", "shipment"};
constexpr std::array<std::string_view, 2> knownKinds = {"sales_channel", "carrier"};
constexpr std::array<std::string_view, 2> knownQuantities = {"available", "on_hand"};
constexpr std::array<std::string_view, 2> knownIdempotencies = {"key", "none"};
constexpr std::size_t textBytesMax = 4096; // of a setting; std::regex recurses with the length

/// Reads a manifest member by member and keeps the first thing that is wrong.
class Reader
{
public:
    explicit Reader(std::string& why) : _why(why) {}

    bool fails(const std::string& reason)
    {
        if (_why.empty())
            _why = reason;
        return false;
    }

    bool text(Json from, std::string_view name, std::string& to, bool required)
    {
        const Json value = from[name];
        if (!value)
            return !required || fails("'" + std::string(name) + "' is missing");
        if (!value.isText() || (required && value.text()->empty()))
            return fails("'" + std::string(name) + "' must be text that is not empty");
        to = *value.text();
        return true;
    }

    bool texts(Json from, std::string_view name, std::vector<std::string>& to,
               std::span<const std::string_view> known = {})
    {
        const Json value = from[name];
        if (!value)
            return true;
        if (!value.isArray())
            return fails("'" + std::string(name) + "' must be an array of texts");
        bool good = true;
        value.each([&](Json element) {
            const auto text = element.text();
            if (!text)
                good = fails("'" + std::string(name) + "' must be an array of texts");
            else if (!known.empty() && std::ranges::find(known, *text) == known.end())
                good = fails("'" + std::string(name) + "' names the unknown '" +
                             std::string(*text) + "'");
            else
                to.emplace_back(*text);
            return good;
        });
        return good;
    }

    /// One of a few words; left out, it stays as it is.
    bool word(Json from, std::string_view name, std::string& to,
              std::span<const std::string_view> known)
    {
        std::string choices;
        for (const auto each : known)
            choices += (choices.empty() ? "" : " or ") + std::string(each);
        return text(from, name, to, false) &&
               (std::ranges::find(known, to) != known.end() ||
                fails("'" + std::string(name) + "' must be " + choices));
    }

    bool number(Json from, std::string_view name, std::int64_t& to)
    {
        const Json value = from[name];
        if (!value)
            return true;
        if (!value.isInteger() || *value.integer() < 1)
            return fails("'" + std::string(name) + "' must be an integer of 1 or more");
        to = *value.integer();
        return true;
    }

private:
    std::string& _why;
};

bool isName(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && text[0] >= 'a' && text[0] <= 'z' &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

std::optional<std::regex> compiled(const std::string& pattern)
{
    try {
        return std::regex(pattern, std::regex::ECMAScript);
    } catch (const std::regex_error&) {
        return std::nullopt;
    }
}

std::optional<SettingType> typeOf(Json schema)
{
    const auto type = schema.textOr("type");
    if (type == "string")
        return SettingType::Text;
    if (type == "integer")
        return SettingType::Integer;
    if (type == "boolean")
        return SettingType::Boolean;
    if (type == "array" && schema["items"].textOr("type") == "string")
        return SettingType::Texts;
    return std::nullopt;
}

bool readSetting(Reader& reader, std::string_view name, Json schema, Manifest& manifest)
{
    SettingRule rule;
    rule.name = name;
    const std::string where = "settings: '" + rule.name + "' ";
    const auto type = typeOf(schema);
    if (!type)
        return reader.fails(where + "must have the type string, integer, boolean or array (of "
                                    "string)");
    rule.type = *type;
    rule.description = schema.textOr("description");
    rule.pattern = schema.textOr("pattern");
    if (!rule.pattern.empty() && !compiled(rule.pattern))
        return reader.fails(where + "has a pattern that is not a regular expression");
    rule.minimum = schema["minimum"].integer();
    rule.maximum = schema["maximum"].integer();
    if (const Json standard = schema["default"]; standard)
        rule.defaultJson = standard.dump();
    if (!reader.texts(schema, "enum", rule.choices))
        return false;
    manifest.settings.push_back(std::move(rule));
    return true;
}

bool readSettings(Reader& reader, Json schema, Manifest& manifest)
{
    if (!schema)
        return true;
    bool good = true;
    schema["properties"].eachMember([&](std::string_view name, Json property) {
        good = readSetting(reader, name, property, manifest);
        return good;
    });
    std::vector<std::string> required;
    if (!good || !reader.texts(schema, "required", required))
        return false;
    for (const auto& name : required) {
        const auto rule = std::ranges::find(manifest.settings, name, &SettingRule::name);
        if (rule == manifest.settings.end())
            return reader.fails("settings: 'required' names the unknown '" + name + "'");
        rule->required = true;
    }
    return true;
}

bool readSecrets(Reader& reader, Json secrets, Manifest& manifest)
{
    if (secrets && !secrets.isObject())
        return reader.fails("'secrets' must be an object");
    secrets.eachMember([&](std::string_view name, Json rule) {
        manifest.secrets.push_back({std::string(name), std::string(rule.textOr("description")),
                                    rule.boolOr("required"), rule.boolOr("list")});
        return true;
    });
    return true;
}

bool readRate(Reader& reader, Json rate, RateRule& to)
{
    return reader.number(rate, "capacity", to.capacity) &&
           reader.number(rate, "restore_per_second", to.restorePerSecond) &&
           reader.number(rate, "restore_per_hour", to.restorePerHour) &&
           reader.number(rate, "cost", to.cost) && reader.number(rate, "batch_max", to.batchMax) &&
           reader.number(rate, "concurrency", to.concurrency);
}

/// Each "${setting:...}", "${secret:...}" and "${basic:...}" must name what the manifest declares.
bool checkNames(Reader& reader, const std::string& where, std::string_view text,
                const Manifest& manifest)
{
    const auto isSetting = [&](std::string_view name) {
        return std::ranges::find(manifest.settings, name, &SettingRule::name) !=
               manifest.settings.end();
    };
    const auto isSecret = [&](std::string_view name) {
        return std::ranges::find(manifest.secrets, name, &SecretRule::name) !=
               manifest.secrets.end();
    };
    for (auto at = text.find("${"); at != text.npos; at = text.find("${", at + 2)) {
        const auto inside = text.substr(at + 2, text.find('}', at) - at - 2);
        const auto colon = inside.find(':');
        const auto kind = inside.substr(0, colon);
        const auto name = colon == inside.npos ? "" : inside.substr(colon + 1);
        const auto second = name.find(':');
        const bool good = kind == "setting"  ? isSetting(name)
                          : kind == "secret" ? isSecret(name)
                          : kind == "basic"
                              ? second != name.npos && isSecret(name.substr(0, second)) &&
                                    isSecret(name.substr(second + 1))
                              : false;
        if (!good)
            return reader.fails(where + " names the unknown '${" + std::string(inside) + "}'");
    }
    return true;
}

bool readPairs(Reader& reader, const std::string& where, Json from, const Manifest& manifest,
               std::vector<std::pair<std::string, std::string>>& to)
{
    if (from && !from.isObject())
        return reader.fails(where + " must be an object of texts");
    bool good = true;
    from.eachMember([&](std::string_view name, Json value) {
        const auto text = value.text();
        good = text ? checkNames(reader, where, *text, manifest)
                    : reader.fails(where + " must be an object of texts");
        if (good)
            to.emplace_back(name, *text);
        return good;
    });
    return good;
}

bool readOAuth(Reader& reader, Json oauth, Manifest& manifest)
{
    if (oauth && !oauth.isObject())
        return reader.fails("'oauth' must be an object");
    bool good = true;
    oauth.eachMember([&](std::string_view name, Json from) {
        OAuthGrant grant;
        grant.name = name;
        const std::string where = "oauth: '" + grant.name + "'";
        grant.tokenUrl = from.textOr("token_url");
        good = (!grant.tokenUrl.empty() || reader.fails(where + " must have a token_url")) &&
               checkNames(reader, where, grant.tokenUrl, manifest) &&
               readPairs(reader, where + " form", from["form"], manifest, grant.form) &&
               readPairs(reader, where + " headers", from["headers"], manifest, grant.headers) &&
               (!grant.form.empty() || reader.fails(where + " must have a form"));
        manifest.oauth.push_back(std::move(grant));
        return good;
    });
    return good;
}

/// A carrier knows shipments and tracking, and nothing of stock.
bool checkKind(Reader& reader, const Manifest& manifest)
{
    if (manifest.kind != "carrier")
        return true;
    for (const std::string& stream : manifest.streams)
        if (stream != "shipments" && stream != "keys")
            return reader.fails("a carrier has no stream '" + stream + "', only shipments");
    for (const std::string& push : manifest.pushes)
        if (push != "shipment")
            return reader.fails("a carrier takes no push of '" + push + "', only shipment");
    return true;
}

bool readAll(Reader& reader, Json from, Manifest& to)
{
    if (!from.isObject())
        return reader.fails("it is not a JSON object");
    if (!reader.text(from, "name", to.name, true) ||
        !reader.text(from, "version", to.version, true))
        return false;
    if (!isName(to.name))
        return reader.fails("'name' must be lower-case letters, digits and underscores");
    if (!from["verbs"])
        return reader.fails("'verbs' is missing");
    if (!reader.text(from, "title", to.title, false) ||
        !reader.word(from, "kind", to.kind, knownKinds) ||
        !reader.text(from, "abi", to.abi, false) ||
        !reader.text(from, "api_version", to.apiVersion, false) ||
        !reader.text(from, "api_version_until", to.apiVersionUntil, false) ||
        !reader.word(from, "quantity", to.quantity, knownQuantities) ||
        !reader.word(from, "idempotency", to.idempotency, knownIdempotencies) ||
        !reader.texts(from, "verbs", to.verbs, knownVerbs) ||
        !reader.texts(from, "streams", to.streams, knownStreams) ||
        !reader.texts(from, "push", to.pushes, knownPushes) ||
        !reader.texts(from, "hosts", to.hosts) || !reader.texts(from, "topics", to.topics))
        return false;
    if (to.title.empty())
        to.title = to.name;
    if (!to.apiVersionUntil.empty() && !timeFromIso(to.apiVersionUntil + "T00:00:00Z"))
        return reader.fails("'api_version_until' must be a day, such as 2027-07-01");
    return readSettings(reader, from["settings"], to) && readSecrets(reader, from["secrets"], to) &&
           readOAuth(reader, from["oauth"], to) && readRate(reader, from["rate"], to.rate) &&
           checkKind(reader, to);
}

// ------------------------------------------------------------------ checking a configuration

std::string typeText(SettingType type)
{
    switch (type) {
    case SettingType::Text:
        return "text";
    case SettingType::Integer:
        return "an integer";
    case SettingType::Boolean:
        return "true or false";
    case SettingType::Texts:
        break;
    }
    return "a list of texts";
}

bool fits(SettingType type, Json value)
{
    if (type == SettingType::Text)
        return value.isText();
    if (type == SettingType::Integer)
        return value.isInteger();
    if (type == SettingType::Boolean)
        return value.boolean().has_value();
    bool texts = value.isArray();
    value.each([&texts](Json element) { return texts = texts && element.isText(); });
    return texts;
}

/// One text of a setting against its pattern and choices.
void checkText(const SettingRule& rule, const std::string& path, std::string_view text,
               std::vector<Mistake>& mistakes)
{
    if (!rule.choices.empty() && std::ranges::find(rule.choices, text) == rule.choices.end())
        mistakes.push_back({path, "'" + std::string(text) + "' is none of the choices",
                            suggestion(text, rule.choices)});
    if (text.size() > textBytesMax)
        mistakes.push_back({path, "the text has more than 4096 bytes", "shorten it"});
    else if (!rule.pattern.empty() &&
             !std::regex_search(text.begin(), text.end(), *compiled(rule.pattern)))
        mistakes.push_back(
            {path, "'" + std::string(text) + "' does not have the form " + rule.pattern,
             rule.description.empty() ? "correct it" : "it is: " + rule.description});
}

void checkValue(const SettingRule& rule, Json value, std::vector<Mistake>& mistakes)
{
    const std::string path = "settings." + rule.name;
    if (!fits(rule.type, value)) {
        mistakes.push_back(
            {path, "must be " + typeText(rule.type),
             rule.type == SettingType::Text ? "put it into quotes" : "correct the value"});
        return;
    }
    if (rule.type == SettingType::Text)
        checkText(rule, path, *value.text(), mistakes);
    value.each([&](Json element) {
        checkText(rule, path, *element.text(), mistakes);
        return true;
    });
    const auto number = value.integer();
    if (number && rule.minimum && *number < *rule.minimum)
        mistakes.push_back({path, std::to_string(*number) + " is too small",
                            "the least is " + std::to_string(*rule.minimum)});
    if (number && rule.maximum && *number > *rule.maximum)
        mistakes.push_back({path, std::to_string(*number) + " is too large",
                            "the most is " + std::to_string(*rule.maximum)});
}

template <class Rule>
std::vector<std::string> namesOf(const std::vector<Rule>& rules)
{
    std::vector<std::string> names;
    for (const auto& rule : rules)
        names.push_back(rule.name);
    return names;
}

} // namespace

bool Manifest::has(std::string_view verb) const
{
    return std::ranges::find(verbs, verb) != verbs.end();
}

std::optional<Manifest> Manifest::parse(std::string_view json, std::string& why)
{
    why.clear();
    const auto document = JsonDocument::parse(json, &why);
    if (!document) {
        why = "it is not JSON (" + why + ")";
        return std::nullopt;
    }
    Manifest manifest;
    Reader reader(why);
    if (!readAll(reader, document->root(), manifest))
        return std::nullopt;
    manifest.json = json;
    return manifest;
}

std::vector<Mistake> checkSettings(const Manifest& manifest, Json settings)
{
    std::vector<Mistake> mistakes;
    if (settings && !settings.isNull() && !settings.isObject())
        return {
            {"settings", "must be a map of names and values", "write 'settings: {name: value}'"}};
    settings.eachMember([&](std::string_view name, Json value) {
        const auto rule = std::ranges::find(manifest.settings, name, &SettingRule::name);
        if (rule == manifest.settings.end())
            mistakes.push_back({"settings." + std::string(name),
                                "the spoke '" + manifest.name + "' has no such setting",
                                suggestion(name, namesOf(manifest.settings))});
        else
            checkValue(*rule, value, mistakes);
        return true;
    });
    for (const auto& rule : manifest.settings)
        if (rule.required && !settings[rule.name])
            mistakes.push_back(
                {"settings." + rule.name, "is missing",
                 rule.description.empty() ? "add it" : "add it: " + rule.description});
    return mistakes;
}

std::vector<Mistake> checkSecrets(const Manifest& manifest, const std::vector<GivenSecret>& given)
{
    auto mistakes = unfitSecrets(manifest, given);
    for (Mistake& missing : missingSecrets(manifest, given))
        mistakes.push_back(std::move(missing));
    return mistakes;
}

std::vector<Mistake> unfitSecrets(const Manifest& manifest, const std::vector<GivenSecret>& given)
{
    std::vector<Mistake> mistakes;
    for (const auto& secret : given) {
        const auto rule = std::ranges::find(manifest.secrets, secret.name, &SecretRule::name);
        if (rule == manifest.secrets.end())
            mistakes.push_back({"secrets." + secret.name,
                                "the spoke '" + manifest.name + "' has no such secret",
                                suggestion(secret.name, namesOf(manifest.secrets))});
        else if (!rule->list && secret.values > 1)
            mistakes.push_back({"secrets." + secret.name, "takes one value, not a list",
                                "keep the newest value only"});
    }
    return mistakes;
}

std::vector<Mistake> missingSecrets(const Manifest& manifest, const std::vector<GivenSecret>& given)
{
    std::vector<Mistake> mistakes;
    for (const auto& rule : manifest.secrets)
        if (rule.required && std::ranges::none_of(given, [&rule](const GivenSecret& secret) {
                return secret.name == rule.name && secret.values > 0;
            }))
            mistakes.push_back({"secrets." + rule.name, "is missing",
                                "add it as env:NAME or file:PATH" +
                                    (rule.description.empty() ? "" : ": " + rule.description)});
    return mistakes;
}

std::string withDefaults(const Manifest& manifest, Json settings)
{
    JsonWriter writer;
    writer.beginObject();
    for (const auto& rule : manifest.settings) {
        const Json given = settings[rule.name];
        if (given)
            writer.key(rule.name).raw(given.dump());
        else if (!rule.defaultJson.empty())
            writer.key(rule.name).raw(rule.defaultJson);
    }
    writer.endObject();
    return writer.take();
}

} // namespace spokehub::spokes
