#pragma once

#include "spokehub/Class.h"
#include "spokehub/Messages.h"
#include "spokehub/Text.h"
#include "spokehub/abi.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a spoke gets: the settings of its channel, and the hub's services.
namespace spokehub
{
inline namespace sdk
{

namespace detail
{

inline std::string_view view(sph_text text)
{
    return text.size == 0 ? std::string_view{}
                          : std::string_view(text.data, static_cast<std::size_t>(text.size));
}

inline sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

/// Header names are compared without case (ASCII).
inline bool sameName(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

} // namespace detail

// ------------------------------------------------------------------ settings

/// The channel's settings, checked against the manifest and with its defaults filled in by the hub.
class Settings
{
public:
    explicit Settings(std::string_view json) : _values(detail::parsed(json)) {}

    bool has(const char* name) const { return _values.contains(name) && !_values[name].is_null(); }

    std::string text(const char* name) const { return get<std::string>(name, "text"); }
    std::string text(const char* name, std::string otherwise) const
    {
        return has(name) ? text(name) : std::move(otherwise);
    }
    std::int64_t integer(const char* name) const { return get<std::int64_t>(name, "an integer"); }
    std::int64_t integer(const char* name, std::int64_t otherwise) const
    {
        return has(name) ? integer(name) : otherwise;
    }
    bool boolean(const char* name) const { return get<bool>(name, "true or false"); }
    bool boolean(const char* name, bool otherwise) const
    {
        return has(name) ? boolean(name) : otherwise;
    }
    /// Empty when it is not set.
    std::vector<std::string> texts(const char* name) const
    {
        return has(name) ? get<std::vector<std::string>>(name, "a list of texts")
                         : std::vector<std::string>{};
    }

private:
    template <class T>
    T get(const char* name, const char* what) const
    {
        const auto found = _values.find(name);
        if (found == _values.end())
            throw Failure(Class::Config, std::string("setting '") + name + "' is missing");
        try {
            return found->template get<T>();
        } catch (const nlohmann::json::exception&) {
            throw Failure(Class::Config, std::string("setting '") + name + "' must be " + what);
        }
    }

    detail::Value _values;
};

// ------------------------------------------------------------------ the host

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest
{
    std::string method = "GET";
    std::string url;
    Headers headers; // "${secret:NAME}" in a value is replaced by the host
    std::string body;
    std::uint32_t timeoutMs = 0;    // 0: the host's default
    std::uint64_t bodyBytesMax = 0; // of the answer; 0: the host's default
};

/// `kind` Done: there was an answer, whatever its status. Retry: nothing was sent. UnknownOutcome:
/// it was sent and the answer is lost.
struct HttpResult
{
    Class kind = Class::Bug;
    int status = 0;
    Headers headers;
    std::string body;

    bool ok() const { return kind == Class::Done && status >= 200 && status < 300; }

    /// The first header of that name, in any case.
    std::optional<std::string_view> header(std::string_view name) const
    {
        for (const auto& [key, value] : headers)
            if (detail::sameName(key, name))
                return value;
        return std::nullopt;
    }

    /// Retry-After as a span from `nowMicros`: seconds or an HTTP date.
    std::optional<std::chrono::milliseconds> retryAfter(std::int64_t nowMicros) const
    {
        const auto value = header("Retry-After");
        if (!value)
            return std::nullopt;
        const int seconds =
            value->empty() || value->size() > 8 ? -1 : detail::digitsAt(*value, 0, value->size());
        const auto until = seconds >= 0
                               ? std::optional(nowMicros + seconds * std::int64_t{1'000'000})
                               : microsFromHttpDate(*value);
        constexpr std::int64_t dayMicros = 86'400'000'000;
        if (!until || *until - nowMicros > dayMicros)
            return std::nullopt;
        return std::chrono::milliseconds(*until > nowMicros ? (*until - nowMicros) / 1000 : 0);
    }
};

enum class LogLevel : std::int32_t
{
    Debug = SPH_LOG_DEBUG,
    Info = SPH_LOG_INFO,
    Warning = SPH_LOG_WARNING,
    Error = SPH_LOG_ERROR,
};

enum class Digest : std::uint32_t
{
    Sha1 = SPH_SHA1,
    Sha256 = SPH_SHA256,
    Sha512 = SPH_SHA512,
};

/// How a secret's text becomes the key of an HMAC.
enum class KeyForm : std::uint32_t
{
    Text = SPH_KEY_TEXT,     // its bytes
    Base64 = SPH_KEY_BASE64, // the bytes it is base64 of, behind a prefix that ends in '_'
};

/// What the hub offers; a value that is cheap to copy. From accept and translate only log, clock,
/// random, secrets and signatures.
class Host
{
public:
    explicit Host(const sph_host* host) : _host(host) {}

    /// The only way out.
    HttpResult http(const HttpRequest& request) const
    {
        std::vector<sph_header> headers;
        headers.reserve(request.headers.size());
        for (const auto& [name, value] : request.headers)
            headers.push_back({detail::text(name), detail::text(value)});
        sph_http_request raw{};
        raw.size = sizeof raw;
        raw.timeout_ms = request.timeoutMs;
        raw.method = detail::text(request.method);
        raw.url = detail::text(request.url);
        raw.headers = headers.data();
        raw.header_count = headers.size();
        raw.body = detail::text(request.body);
        raw.body_max = request.bodyBytesMax;
        HttpResult result;
        const sph_http_sink sink{&result, &Host::keep};
        result.kind = classFromNumber(_host->http(_host->self, &raw, &sink));
        return result;
    }

    void log(LogLevel level, std::string_view message) const
    {
        _host->log(_host->self, static_cast<std::int32_t>(level), detail::text(message));
    }

    /// Microseconds since 1970, UTC.
    std::int64_t now() const { return _host->now(_host->self); }
    std::string nowIso() const { return isoFromMicros(now()); }

    void random(void* bytes, std::size_t size) const { _host->random(_host->self, bytes, size); }

    /// A random UUID (version 4).
    std::string uuid() const
    {
        std::string bytes(16, '\0');
        random(bytes.data(), bytes.size());
        bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
        bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
        std::string text = toHex(bytes);
        for (const std::size_t at : {20u, 16u, 12u, 8u})
            text.insert(at, 1, '-');
        return text;
    }

    /// How many values the secret has; 0: not configured.
    std::uint32_t secretCount(std::string_view name) const
    {
        return _host->secret_count(_host->self, detail::text(name));
    }

    /// The 32 raw bytes under the secret's index-th value; nothing when there is no such value.
    std::optional<std::string> hmacSha256(std::string_view name, std::uint32_t index,
                                          std::string_view data) const
    {
        std::string mac(32, '\0');
        if (_host->hmac_sha256(_host->self, detail::text(name), index, detail::text(data),
                               mac.data()) != SPH_DONE)
            return std::nullopt;
        return mac;
    }

    /// Is `mac` (raw bytes) the HMAC-SHA-256 of `data` under any value of the secret?
    bool signedBy(std::string_view name, std::string_view data, std::string_view mac) const
    {
        bool genuine = false;
        for (std::uint32_t i = 0, count = secretCount(name); i < count && !genuine; ++i) {
            const auto expected = hmacSha256(name, i, data);
            genuine = expected && equal(*expected, mac);
        }
        return genuine;
    }

    /// The same with another digest or form of the key; the mac has 20, 32 or 64 bytes.
    std::optional<std::string> hmac(Digest digest, std::string_view name, std::uint32_t index,
                                    std::string_view data, KeyForm form = KeyForm::Text) const
    {
        std::string mac(digestBytes(digest), '\0');
        if (crypto().hmac(_host->self, static_cast<std::uint32_t>(digest), detail::text(name),
                          index, static_cast<std::uint32_t>(form), detail::text(data),
                          mac.data()) != SPH_DONE)
            return std::nullopt;
        return mac;
    }

    /// Is `mac` that of `data` under any value of the secret?
    bool signedBy(Digest digest, std::string_view name, std::string_view data, std::string_view mac,
                  KeyForm form = KeyForm::Text) const
    {
        bool genuine = false;
        for (std::uint32_t i = 0, count = secretCount(name); i < count && !genuine; ++i) {
            const auto expected = hmac(digest, name, i, data, form);
            genuine = expected && equal(*expected, mac);
        }
        return genuine;
    }

    /// The raw digest of `before`, the secret's first value (when it is named) and `after`.
    std::string digest(Digest digest, std::string_view before, std::string_view secret = {},
                       std::string_view after = {}) const
    {
        std::string bytes(digestBytes(digest), '\0');
        const auto kind = classFromNumber(
            crypto().digest(_host->self, static_cast<std::uint32_t>(digest), detail::text(before),
                            detail::text(secret), detail::text(after), bytes.data()));
        if (kind != Class::Done)
            throw Failure(kind, "the secret '" + std::string(secret) + "' is not configured");
        return bytes;
    }

    /// Is `signature` one of `data` under the public key? Unmatched: the hub does not have the key;
    /// answer Accepted::needKey then.
    Class verify(Digest digest, std::string_view keyId, std::string_view data,
                 std::string_view signature) const
    {
        return classFromNumber(crypto().verify(_host->self, static_cast<std::uint32_t>(digest),
                                               detail::text(keyId), detail::text(data),
                                               detail::text(signature)));
    }

    /// Asks for a new access token after the channel refused the one it got; Done: call again.
    Class renew(std::string_view grant) const
    {
        const auto* table = static_cast<const sph_oauth*>(extension(SPH_OAUTH));
        if (table == nullptr)
            throw Failure(Class::Unsupported, "this hub has no spokehub.oauth/1");
        return classFromNumber(table->renew(_host->self, detail::text(grant)));
    }

    /// http with "Authorization: Bearer" and the grant's token; when the channel refuses it (401),
    /// once more with a new one. Channels that say so otherwise: give `refused`.
    HttpResult httpAs(std::string_view grant, HttpRequest request) const
    {
        return httpAs(grant, std::move(request),
                      [](const HttpResult& answer) { return answer.status == 401; });
    }
    template <class Refused>
    HttpResult httpAs(std::string_view grant, HttpRequest request, Refused&& refused) const
    {
        request.headers.emplace_back("Authorization", "Bearer ${oauth:" + std::string(grant) + "}");
        HttpResult answer = http(request);
        if (answer.kind != Class::Done || !refused(answer))
            return answer;
        const Class renewed = renew(grant);
        if (renewed == Class::Done)
            return http(request);
        answer.kind = renewed;
        return answer;
    }

    /// Compares in constant time.
    bool equal(std::string_view a, std::string_view b) const
    {
        return _host->equal(_host->self, detail::text(a), detail::text(b)) == 1;
    }

    std::optional<std::string> kvGet(std::string_view key) const
    {
        std::string value;
        const sph_sink sink{&value, &Host::keepValue};
        if (_host->kv_get(_host->self, detail::text(key), &sink) != 1)
            return std::nullopt;
        return value;
    }

    /// Durable with the next checkpoint or at the end of the verb.
    void kvPut(std::string_view key, std::string_view value) const
    {
        const auto kind =
            classFromNumber(_host->kv_put(_host->self, detail::text(key), detail::text(value)));
        if (kind != Class::Done)
            throw Failure(kind, "the hub did not keep the value '" + std::string(key) + "'");
    }

    /// Stop as soon as nothing is half done, and answer Cancelled.
    bool cancelled() const { return _host->cancelled(_host->self) == 1; }

    /// Microseconds since 1970 at which the running verb must have returned.
    std::int64_t deadline() const { return _host->deadline(_host->self); }

    /// A table by its id, or null when this host does not have it.
    const void* extension(std::string_view id) const
    {
        return _host->extension(_host->self, detail::text(id));
    }

private:
    static constexpr std::size_t digestBytes(Digest digest)
    {
        return digest == Digest::Sha1 ? 20 : digest == Digest::Sha256 ? 32 : 64;
    }

    const sph_crypto& crypto() const
    {
        const auto* table = static_cast<const sph_crypto*>(extension(SPH_CRYPTO));
        if (table == nullptr)
            throw Failure(Class::Unsupported, "this hub has no spokehub.crypto/1");
        return *table;
    }

    // noexcept: an exception may not pass through the frame of the host.
    static void keep(void* self, const sph_http_response* response) noexcept
    {
        auto& result = *static_cast<HttpResult*>(self);
        result.status = response->status;
        result.headers.reserve(static_cast<std::size_t>(response->header_count));
        for (std::uint64_t i = 0; i < response->header_count; ++i)
            result.headers.emplace_back(detail::view(response->headers[i].name),
                                        detail::view(response->headers[i].value));
        result.body = detail::view(response->body);
    }
    static std::int32_t keepValue(void* self, std::int32_t, sph_text value) noexcept
    {
        *static_cast<std::string*>(self) = detail::view(value);
        return 0;
    }

    const sph_host* _host;
};

} // namespace sdk
} // namespace spokehub
