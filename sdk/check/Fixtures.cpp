#include "Fixtures.h"

#include "spokehub/Text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace spokehub::check
{

namespace
{

namespace fs = std::filesystem;

bool sameName(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

[[noreturn]] void wrong(const fs::path& file, const std::string& what)
{
    throw FixtureError(file.string() + ": " + what);
}

Value parsed(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        wrong(file, "cannot be read; correct the path");
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    try {
        return Value::parse(text);
    } catch (const nlohmann::json::exception& error) {
        wrong(file, std::string("is not JSON: ") + error.what());
    }
}

/// A member that must be text, or is not there.
std::string textOf(const fs::path& file, const Value& from, const char* name,
                   const std::string& otherwise = {})
{
    const auto found = from.find(name);
    if (found == from.end())
        return otherwise;
    if (!found->is_string())
        wrong(file, std::string("'") + name + "' must be text");
    return found->get<std::string>();
}

/// "body" is JSON or raw text in a string; "body_text" is raw text always.
std::string bodyOf(const fs::path& file, const Value& from)
{
    if (from.contains("body_text"))
        return textOf(file, from, "body_text");
    const auto body = from.find("body");
    if (body == from.end())
        wrong(file, "'body' or 'body_text' is missing");
    return body->is_string() ? body->get<std::string>() : body->dump();
}

Headers headersOf(const fs::path& file, const Value& from)
{
    Headers headers;
    const Value given = from.value("headers", Value::object());
    for (const auto& [name, value] : given.items()) {
        if (!value.is_string())
            wrong(file, "header '" + name + "' must be text");
        headers.emplace_back(name, value.get<std::string>());
    }
    return headers;
}

Vector vectorOf(const fs::path& file, const Value& from)
{
    Vector made;
    made.name = textOf(file, from, "name");
    if (made.name.empty())
        wrong(file, "each vector needs a 'name'");
    made.method = textOf(file, from, "method", "POST");
    made.topic = textOf(file, from, "topic");
    made.query = textOf(file, from, "query");
    made.headers = headersOf(file, from);
    made.body = bodyOf(file, from);
    made.verdict = textOf(file, from, "verdict", "genuine");
    constexpr std::array<std::string_view, 5> verdicts = {"genuine", "forged", "mismatch", "reply",
                                                          "need_key"};
    if (std::ranges::find(verdicts, made.verdict) == verdicts.end())
        wrong(file, "'" + made.verdict +
                        "' is no verdict; it is genuine, forged, mismatch, reply or need_key");
    if (from.contains("message_id"))
        made.messageId = textOf(file, from, "message_id");
    if (from.contains("accepted_topic"))
        made.accepted = textOf(file, from, "accepted_topic");
    const std::string at = textOf(file, from, "received_at", "2026-11-20T12:00:00Z");
    const auto micros = microsFromIso(at);
    if (!micros)
        wrong(file, "'received_at' must be a time such as 2026-11-20T12:00:00Z");
    made.receivedAt = *micros;
    return made;
}

Signature signatureOf(const fs::path& file, const Value& from)
{
    Signature made;
    made.secret = textOf(file, from, "secret");
    made.over = textOf(file, from, "over", made.over);
    made.into = textOf(file, from, "into");
    made.form = textOf(file, from, "form", made.form);
    made.encoding = textOf(file, from, "encoding", made.encoding);
    if (made.secret.empty() || (made.into != "query" && !made.into.starts_with("header:")))
        wrong(file, "'signature' needs 'secret' (its name) and 'into' (header:NAME or query)");
    if (made.encoding != "base64" && made.encoding != "hex" && made.encoding != "raw")
        wrong(file, "'signature': the encoding is base64, hex or raw");
    if (const auto time = from.find("time"); time != from.end()) {
        made.timeHeader = textOf(file, *time, "header");
        made.timeForm = textOf(file, *time, "form", made.timeForm);
        made.timeWindowSeconds = time->value("window_s", made.timeWindowSeconds);
    }
    return made;
}

std::string replaced(std::string text, std::string_view what, std::string_view with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

std::string encoded(std::string_view encoding, std::string_view mac)
{
    if (encoding == "base64")
        return toBase64(mac);
    return encoding == "hex" ? toHex(mac) : std::string(mac);
}

std::vector<Pair> pairsOf(const fs::path& folder)
{
    constexpr std::string_view ending = ".in.json";
    std::vector<Pair> pairs;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(ending))
            continue;
        Pair pair;
        pair.name = name.substr(0, name.size() - ending.size());
        const Value in = readObject(entry.path());
        pair.topic = textOf(entry.path(), in, "topic");
        pair.body = bodyOf(entry.path(), in);
        pair.meaning = readObject(folder / (pair.name + ".out.json"));
        pairs.push_back(std::move(pair));
    }
    std::ranges::sort(pairs, {}, &Pair::name);
    return pairs;
}

} // namespace

const std::string* Vector::header(std::string_view wanted) const
{
    for (const auto& [key, value] : headers)
        if (sameName(key, wanted))
            return &value;
    return nullptr;
}

namespace
{

std::string contentOf(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        wrong(file, "cannot be read; record the channel anew");
    return {std::istreambuf_iterator<char>(stream), {}};
}

RecordedChannel recordedOf(const fs::path& folder)
{
    RecordedChannel made;
    made.name = folder.filename().string();
    const Value channel = readObject(folder / "channel.json");
    made.settings = channel.value("settings", Value::object());
    made.now = textOf(folder / "channel.json", channel, "now");
    made.calls = parsed(folder / "documents.json");
    if (!made.calls.is_array())
        wrong(folder / "documents.json", "must be an array of calls");
    try {
        made.exchanges = spokes::exchangesFromJson(contentOf(folder / "exchanges.json"));
    } catch (const std::exception& error) {
        wrong(folder / "exchanges.json", error.what());
    }
    return made;
}

/// `recorded` is a recording, or a folder of some.
std::vector<RecordedChannel> recordingsIn(const fs::path& folder)
{
    std::vector<RecordedChannel> made;
    if (!fs::is_directory(folder))
        return made;
    if (fs::exists(folder / "exchanges.json"))
        made.push_back(recordedOf(folder));
    for (const auto& entry : fs::directory_iterator(folder))
        if (fs::exists(entry.path() / "exchanges.json"))
            made.push_back(recordedOf(entry.path()));
    std::ranges::sort(made, {}, &RecordedChannel::name);
    return made;
}

} // namespace

void Vector::set(std::string_view wanted, const std::string& value)
{
    for (auto& [key, current] : headers)
        if (sameName(key, wanted)) {
            current = value;
            return;
        }
    headers.emplace_back(wanted, value);
}

void Vector::remove(std::string_view wanted)
{
    std::erase_if(headers, [&](const auto& header) { return sameName(header.first, wanted); });
}

std::vector<std::string> Signature::signedHeaders() const
{
    constexpr std::string_view opening = "${header:";
    std::vector<std::string> names;
    for (auto at = over.find(opening); at != std::string::npos; at = over.find(opening, at + 1)) {
        const auto from = at + opening.size();
        names.push_back(over.substr(from, over.find('}', from) - from));
    }
    return names;
}

void Signature::sign(Vector& vector, const std::string& secretValue) const
{
    // The body goes in last: it may hold what looks like one of the places.
    std::string text = over;
    for (const auto& name : signedHeaders()) {
        const auto* value = vector.header(name);
        text = replaced(text, "${header:" + name + "}", value == nullptr ? "" : *value);
    }
    text = replaced(replaced(text, "${query}", vector.query), "${topic}", vector.topic);
    if (const auto at = text.find("${body}"); at != std::string::npos)
        text.replace(at, 7, vector.body);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), secretValue.data(), static_cast<int>(secretValue.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
    const std::string shown = replaced(
        form, "${mac}", encoded(encoding, {reinterpret_cast<const char*>(mac), std::size_t{size}}));
    if (into == "query")
        vector.query = shown;
    else
        vector.set(into.substr(7), shown);
}

std::string Signature::timeText(Time time) const
{
    if (timeForm == "iso")
        return isoFromMicros(time.micros);
    return std::to_string(timeForm == "unix_ms" ? time.micros / 1000 : time.micros / 1'000'000);
}

Value readObject(const fs::path& file)
{
    Value value = parsed(file);
    if (!value.is_object())
        wrong(file, "must be a JSON object");
    return value;
}

Fixtures Fixtures::read(const fs::path& folder)
{
    if (!fs::is_directory(folder))
        throw FixtureError(folder.string() + ": there is no such folder; correct --fixtures");
    Fixtures made;
    made.folder = folder;
    if (const auto file = folder / "channel.json"; fs::exists(file)) {
        const Value from = readObject(file);
        made.settings = from.value("settings", Value::object());
        made.secrets = from.value("secrets", Value::object());
        made.standin = from.value("standin", std::vector<std::string>());
        made.expected = from.value("expected", Value::object());
        if (const auto signature = from.find("signature"); signature != from.end())
            made.signature = signatureOf(file, *signature);
    }
    if (const auto file = folder / "webhooks.json"; fs::exists(file)) {
        const Value from = parsed(file);
        if (!from.is_array())
            wrong(file, "must be an array of vectors");
        for (const Value& vector : from)
            made.webhooks.push_back(vectorOf(file, vector));
    }
    made.pairs = pairsOf(folder);
    made.recorded = recordingsIn(folder / "recorded");
    return made;
}

} // namespace spokehub::check
