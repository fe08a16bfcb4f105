#pragma once

#include "core/Json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::spokes
{

enum class SettingType
{
    Text,
    Integer,
    Boolean,
    Texts, // a list
};

struct SettingRule
{
    std::string name;
    SettingType type = SettingType::Text;
    std::string description;
    std::string defaultJson; // empty: none
    std::vector<std::string> choices;
    std::string pattern; // searched for, not anchored, as JSON Schema has it
    std::optional<std::int64_t> minimum;
    std::optional<std::int64_t> maximum;
    bool required = false;
};

struct SecretRule
{
    std::string name;
    std::string description;
    bool required = false;
    bool list = false; // several values serve the time of a rotation
};

/// How fast the channel lets itself be asked, until it says so itself.
struct RateRule
{
    std::int64_t capacity = 10;
    std::int64_t restorePerSecond = 2;
    std::int64_t restorePerHour = 0; // in its place, for rates below one a second
    std::int64_t cost = 1;           // of one push
    std::int64_t batchMax = 100;
    std::int64_t concurrency = 1;
};

/// How an OAuth access token is asked for: a form is posted. Values may hold "${setting:NAME}",
/// "${secret:NAME}" and "${basic:A:B}".
struct OAuthGrant
{
    std::string name;
    std::string tokenUrl;
    std::vector<std::pair<std::string, std::string>> form;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// What a spoke says of itself (DOCUMENTS.md, Manifest).
struct Manifest
{
    std::string name;
    std::string version;
    std::string title;
    std::string kind = "sales_channel";
    std::string abi; // the oldest hub it works with, "1.0"; empty: any of its major
    std::vector<std::string> verbs;
    std::vector<std::string> streams;
    std::vector<std::string> pushes; // kinds: stock, shipment
    std::string quantity = "available";
    std::vector<SettingRule> settings;
    std::vector<SecretRule> secrets;
    std::vector<std::string> hosts; // "*.myshopify.com"
    std::vector<std::string> topics;
    std::string apiVersion;
    std::string
        apiVersionUntil; // "2027-07-01": the day on which the channel ends it; empty: unknown
    std::string idempotency = "key"; // what pushes rely on: "key", or "none" (absolute values)
    std::vector<OAuthGrant> oauth;
    RateRule rate;
    std::string json; // the whole text

    bool has(std::string_view verb) const;

    /// Nothing when the text is not a manifest; `why` says what is wrong with it.
    static std::optional<Manifest> parse(std::string_view json, std::string& why);
};

/// One thing wrong with a channel's configuration.
struct Mistake
{
    std::string path; // "settings.shop"
    std::string message;
    std::string remedy;
};

/// Every mistake at once: unknown keys (with the nearest known one), wrong types, missing and unfit
/// values.
std::vector<Mistake> checkSettings(const Manifest& manifest, Json settings);

struct GivenSecret
{
    std::string name;
    std::size_t values = 0;
};

std::vector<Mistake> checkSecrets(const Manifest& manifest, const std::vector<GivenSecret>& given);
/// Of these mistakes, those of what is given, and those of what is not.
std::vector<Mistake> unfitSecrets(const Manifest& manifest, const std::vector<GivenSecret>& given);
std::vector<Mistake> missingSecrets(const Manifest& manifest,
                                    const std::vector<GivenSecret>& given);

/// The settings with the manifest's defaults filled in, as a spoke gets them. The settings have
/// been checked.
std::string withDefaults(const Manifest& manifest, Json settings);

} // namespace spokehub::spokes
