#pragma once

#include "core/Clock.h"

#include "spokes/Recording.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spokehub::check
{

using Value = nlohmann::json;
using Headers = std::vector<std::pair<std::string, std::string>>;

/// What the author gave cannot be used: a sentence that names the file, the place and the remedy.
class FixtureError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// A request on the webhook address, and what accept must make of it.
struct Vector
{
    std::string name;
    std::string method = "POST";
    std::string topic; // of the path
    std::string query;
    Headers headers;
    std::string body;
    std::int64_t receivedAt = 0;

    std::string verdict = "genuine"; // forged, mismatch, reply, need_key
    std::optional<std::string> messageId;
    std::optional<std::string> accepted; // the topic that accept says

    bool genuine() const { return verdict == "genuine"; }
    const std::string* header(std::string_view wanted) const;
    void set(std::string_view wanted, const std::string& value);
    void remove(std::string_view wanted);
};

/// How the channel signs its webhooks, when that is an HMAC-SHA-256.
struct Signature
{
    std::string secret;
    std::string over = "${body}";    // "${header:NAME}", "${query}", "${topic}"
    std::string into;                // "header:NAME" or "query"
    std::string form = "${mac}";     // "sha256=${mac}"
    std::string encoding = "base64"; // hex, raw
    std::string timeHeader;          // the signed time, when there is one
    std::string timeForm = "unix";   // unix_ms, iso
    std::int64_t timeWindowSeconds = 300;

    /// Names of the headers that `over` is made of.
    std::vector<std::string> signedHeaders() const;
    /// Puts the signature under this value of the secret into the request.
    void sign(Vector& vector, const std::string& secretValue) const;
    std::string timeText(Time time) const;
};

/// A message and what it means.
struct Pair
{
    std::string name;
    std::string topic;
    std::string body;
    Value meaning; // {"class", "reason"?, "documents": [...]}
};

/// What `spokehub spoke record` wrote: a channel's answers, and what the spoke made of them.
struct RecordedChannel
{
    std::string name; // of its folder
    Value settings = Value::object();
    std::string now;              // when it was recorded
    Value calls = Value::array(); // {"verb", "request", "class", "documents"}
    std::vector<spokes::Exchange> exchanges;
};

/// The folder that an author writes beside a spoke: see README.md.
struct Fixtures
{
    std::filesystem::path folder;
    Value settings = Value::object();
    Value secrets = Value::object(); // each a text or a list of texts
    std::vector<std::string> standin;
    std::optional<Signature> signature;
    std::vector<Vector> webhooks;
    std::vector<Pair> pairs;
    Value expected = Value::object(); // "401": ["auth"]: answers that differ from the usual
    std::vector<RecordedChannel> recorded;

    /// Throws FixtureError.
    static Fixtures read(const std::filesystem::path& folder);
};

/// A JSON object of a file. Throws FixtureError.
Value readObject(const std::filesystem::path& file);

} // namespace spokehub::check
