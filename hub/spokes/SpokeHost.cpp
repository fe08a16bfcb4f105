#include "spokes/SpokeHost.h"

#include "core/Log.h"
#include "spokes/Signatures.h"

#include "spokehub/Text.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <set>
#include <span>
#include <thread>

namespace spokehub::spokes
{

namespace
{

using namespace std::chrono_literals;

constexpr auto httpTimeout = 30s;
constexpr std::uint64_t bodyBytesMax = 64 * 1024 * 1024;

std::string_view view(sph_text text)
{
    return text.size == 0 ? std::string_view{} : std::string_view(text.data, text.size);
}

sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

/// Header names are tokens (RFC 9110); values have no control characters, so nothing can be
/// smuggled behind them.
bool isToken(std::string_view name)
{
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [others](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != std::string_view::npos;
    });
}

bool isValue(std::string_view value)
{
    return std::ranges::none_of(value, [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

} // namespace

// ------------------------------------------------------------------ BufferedValues

BufferedValues::BufferedValues(Values stored) : _values(std::move(stored))
{
    for (const auto& [key, value] : _values)
        _bytes += key.size() + value.size();
}

std::optional<std::string> BufferedValues::get(std::string_view key) const
{
    const auto found = _values.find(key);
    return found == _values.end() ? std::nullopt : std::optional(found->second);
}

bool BufferedValues::put(std::string_view key, std::string_view value)
{
    const auto found = _values.find(key);
    const std::size_t before = found == _values.end() ? 0 : key.size() + found->second.size();
    const std::size_t after = _bytes - before + key.size() + value.size();
    if (after > bytesMax)
        return false;
    _bytes = after;
    _values.insert_or_assign(std::string(key), std::string(value));
    _changes.insert_or_assign(std::string(key), std::string(value));
    return true;
}

BufferedValues::Values BufferedValues::takeChanges()
{
    return std::exchange(_changes, {});
}

// ------------------------------------------------------------------ SpokeHost

struct SpokeHost::Impl
{
    explicit Impl(SpokeHostParts given);

    bool inVerb() const { return lane == std::this_thread::get_id(); }
    void logLine(Level level, std::string_view message) const;

    std::int32_t http(const sph_http_request& request, const sph_http_sink& answer);
    std::int32_t refuse(Class kind, std::string_view reason) const;
    /// The call with secrets put into its headers; nothing and `why` when it may not be sent.
    std::optional<HttpCall> prepare(const sph_http_request& request, Class& kind, std::string& why);
    HttpCall bounds(std::chrono::microseconds timeout) const;
    static Impl& of(void* self) { return *static_cast<Impl*>(self); }
    std::int32_t kvGet(std::string_view key, const sph_sink& sink) const;
    std::int32_t kvPut(std::string_view key, std::string_view value);

    /// No exception passes through the frames of a spoke.
    template <class Service>
    std::int32_t guarded(Service&& service) const
    {
        try {
            return service();
        } catch (const std::exception& error) {
            return refuse(Class::Bug, std::string("a service of the host failed: ") + error.what());
        }
    }

    void offerCrypto();
    std::int32_t verify(std::uint32_t digest, std::string_view keyId, std::string_view data,
                        std::string_view signature) const;
    static std::int32_t unbase64(void*, sph_text text, const sph_sink* out);

    std::int32_t renew(std::string_view grant);
    /// The token, which is a secret from then on. Nothing, and `kind` and `why`, when there is
    /// none.
    std::optional<std::string> accessToken(std::string_view grant, bool anew, Class& kind,
                                           std::string& why);
    const void* extension(std::string_view id) const;

    static void log(void* self, std::int32_t level, sph_text message);
    static void random(void*, void* bytes, std::uint64_t size);

    SpokeHostParts parts;
    Vault vault;
    AccessTokens tokens;
    std::uint64_t tokensOf = 0; // the version of the secrets that they were asked for with
    std::set<std::string, std::less<>> renewed; // in this verb
    sph_host table{};
    sph_crypto crypto{};
    sph_oauth oauth{};
    Call call;
    std::atomic<std::thread::id> lane{};
};

SpokeHost::Impl::Impl(SpokeHostParts given)
    : parts(std::move(given)), vault(std::move(parts.secrets)),
      tokens(
          std::move(parts.oauth), parts.clock, parts.http,
          [this](std::string_view text, std::string& why) { return vault.expanded(text, why); },
          parts.refreshTokens)
{
    table.size = sizeof table;
    table.abi_minor = SPH_ABI_MINOR;
    table.self = this;
    table.http = [](void* self, const sph_http_request* request, const sph_http_sink* answer) {
        return of(self).guarded([&] { return of(self).http(*request, *answer); });
    };
    table.log = &Impl::log;
    table.now = [](void* self) { return of(self).parts.clock.now().micros; };
    table.random = &Impl::random;
    table.secret_count = [](void* self, sph_text name) { return of(self).vault.count(view(name)); };
    table.hmac_sha256 = [](void* self, sph_text name, std::uint32_t index, sph_text data,
                           void* mac) {
        return of(self).vault.hmac(SPH_SHA256, view(name), index, SPH_KEY_TEXT, view(data), mac);
    };
    table.equal = [](void*, sph_text a, sph_text b) -> std::int32_t {
        return a.size == b.size && (a.size == 0 || CRYPTO_memcmp(a.data, b.data, a.size) == 0) ? 1
                                                                                               : 0;
    };
    table.kv_get = [](void* self, sph_text key, const sph_sink* value) {
        return of(self).guarded([&] { return of(self).kvGet(view(key), *value); }) == 1 ? 1 : 0;
    };
    table.kv_put = [](void* self, sph_text key, sph_text value) {
        return of(self).guarded([&] { return of(self).kvPut(view(key), view(value)); });
    };
    table.cancelled = [](void* self) -> std::int32_t {
        return of(self).inVerb() && of(self).call.stopped.stop_requested() ? 1 : 0;
    };
    table.deadline = [](void* self) {
        return of(self).inVerb() ? of(self).call.deadline.micros
                                 : of(self).parts.clock.now().micros;
    };
    table.extension = [](void* self, sph_text id) { return of(self).extension(view(id)); };
    offerCrypto();
    oauth.size = sizeof oauth;
    oauth.renew = [](void* self, sph_text grant) {
        return of(self).guarded([&] { return of(self).renew(view(grant)); });
    };
}

void SpokeHost::Impl::offerCrypto()
{
    crypto.size = sizeof crypto;
    crypto.verify = [](void* self, std::uint32_t digest, sph_text key, sph_text data,
                       sph_text signature) {
        return of(self).guarded(
            [&] { return of(self).verify(digest, view(key), view(data), view(signature)); });
    };
    crypto.hmac = [](void* self, std::uint32_t digest, sph_text secret, std::uint32_t index,
                     std::uint32_t form, sph_text data, void* mac) {
        return of(self).guarded([&] {
            return of(self).vault.hmac(digest, view(secret), index, form, view(data), mac);
        });
    };
    crypto.digest = [](void* self, std::uint32_t digest, sph_text before, sph_text secret,
                       sph_text after, void* out) {
        return of(self).guarded([&] {
            return of(self).vault.digest(digest, view(before), view(secret), view(after), out);
        });
    };
    crypto.base64 = [](void*, sph_text bytes, const sph_sink* out) -> std::int32_t {
        const std::string encoded = toBase64(view(bytes));
        out->put(out->self, 0, text(encoded));
        return SPH_DONE;
    };
    crypto.unbase64 = &Impl::unbase64;
}

const void* SpokeHost::Impl::extension(std::string_view id) const
{
    if (id == SPH_CRYPTO)
        return &crypto;
    return id == SPH_OAUTH ? &oauth : nullptr;
}

void SpokeHost::Impl::logLine(Level level, std::string_view message) const
{
    constexpr std::size_t lineBytesMax = 8 * 1024;
    const std::string line = vault.blotted(message).substr(0, lineBytesMax);
    const Log::Fields fields = {{"channel", std::string_view(parts.channel)}};
    switch (level) {
    case Level::Debug:
        return Log::debug(line, fields);
    case Level::Info:
        return Log::info(line, fields);
    case Level::Warning:
        return Log::warning(line, fields);
    case Level::Error:
        return Log::error(line, fields);
    }
}

void SpokeHost::Impl::log(void* self, std::int32_t level, sph_text message)
{
    const bool known = level >= SPH_LOG_DEBUG && level <= SPH_LOG_ERROR;
    of(self).logLine(known ? static_cast<Level>(level) : Level::Error, view(message));
}

void SpokeHost::Impl::random(void*, void* bytes, std::uint64_t size)
{
    // A key made of bytes that are not random would be worse than a stopped hub.
    for (std::span rest(static_cast<unsigned char*>(bytes), size); !rest.empty();) {
        const auto part = std::min<std::size_t>(rest.size(), 1 << 20);
        if (RAND_bytes(rest.data(), static_cast<int>(part)) != 1)
            std::terminate();
        rest = rest.subspan(part);
    }
}

std::int32_t SpokeHost::Impl::verify(std::uint32_t digest, std::string_view keyId,
                                     std::string_view data, std::string_view signature) const
{
    if (digestBytes(digest) == 0)
        return SPH_UNSUPPORTED;
    const auto good =
        parts.keys == nullptr ? std::nullopt : parts.keys->verifies(digest, keyId, data, signature);
    if (!good)
        return SPH_UNMATCHED;
    return *good ? SPH_DONE : SPH_REJECTED;
}

std::int32_t SpokeHost::Impl::unbase64(void*, sph_text encoded, const sph_sink* out)
{
    const auto bytes = fromBase64(view(encoded));
    if (!bytes)
        return SPH_REJECTED;
    out->put(out->self, 0, text(*bytes));
    return SPH_DONE;
}

std::optional<std::string> SpokeHost::Impl::accessToken(std::string_view grant, bool anew,
                                                        Class& kind, std::string& why)
{
    if (const auto version = vault.version(); version != tokensOf) {
        tokens.forget();
        tokensOf = version;
    }
    auto token = tokens.token(grant, bounds(httpTimeout), anew);
    if (token.kind != Class::Done) {
        kind = token.kind;
        why = "oauth grant '" + std::string(grant) + "': " + token.reason;
        return std::nullopt;
    }
    vault.learn(token.value);
    if (!token.refreshToken.empty())
        vault.learn(token.refreshToken);
    return std::move(token.value);
}

std::int32_t SpokeHost::Impl::renew(std::string_view grant)
{
    if (!inVerb())
        return refuse(Class::Bug, "oauth renew was called outside a verb of the lane");
    if (!renewed.emplace(grant).second)
        return refuse(Class::Auth, "oauth grant '" + std::string(grant) +
                                       "': the channel refuses a token that is new");
    Class kind = Class::Done;
    std::string why;
    return accessToken(grant, true, kind, why) ? SPH_DONE : refuse(kind, why);
}

std::int32_t SpokeHost::Impl::kvGet(std::string_view key, const sph_sink& sink) const
{
    if (!inVerb())
        return refuse(Class::Bug, "kv_get was called outside a verb of the lane");
    const auto value = parts.values.get(key);
    if (!value)
        return 0;
    sink.put(sink.self, 0, text(*value));
    return 1;
}

std::int32_t SpokeHost::Impl::kvPut(std::string_view key, std::string_view value)
{
    if (!inVerb())
        return refuse(Class::Bug, "kv_put was called outside a verb of the lane");
    if (key.empty() || key.size() > KeyValues::keyBytesMax)
        return refuse(Class::Bug, "kv_put: a key has 1 to 200 bytes");
    if (!parts.values.put(key, value))
        return refuse(Class::Rejected, "kv_put: a channel keeps at most 64 KiB");
    return SPH_DONE;
}

std::int32_t SpokeHost::Impl::refuse(Class kind, std::string_view reason) const
{
    logLine(Level::Warning, reason);
    return static_cast<std::int32_t>(kind);
}

HttpCall SpokeHost::Impl::bounds(std::chrono::microseconds timeout) const
{
    HttpCall made;
    made.deadline = std::min(call.deadline, parts.clock.now() + timeout);
    made.stopped = call.stopped;
    return made;
}

std::optional<HttpCall> SpokeHost::Impl::prepare(const sph_http_request& request, Class& kind,
                                                 std::string& why)
{
    HttpCall made = bounds(request.timeout_ms == 0 ? std::chrono::microseconds(httpTimeout)
                                                   : std::chrono::milliseconds(request.timeout_ms));
    made.method = view(request.method);
    made.url = view(request.url);
    made.body = view(request.body);
    if (request.body_max != 0)
        made.bodyBytesMax = std::min(request.body_max, bodyBytesMax);
    kind = Class::Bug;
    if (!isToken(made.method))
        why = "http: '" + made.method + "' is not a method";
    for (const auto& header : std::span(request.headers, request.header_count)) {
        const auto name = view(header.name);
        Class lacking = Class::Config;
        const auto value = vault.expanded(view(header.value), why, [&](std::string_view grant) {
            return accessToken(grant, false, lacking, why);
        });
        if (!value)
            kind = lacking;
        else if (!isToken(name) || !isValue(*value))
            why = "http: the header '" + std::string(name) +
                  "' has a name or value that HTTP forbids";
        else
            made.headers.emplace_back(name, *value);
    }
    return why.empty() ? std::optional(std::move(made)) : std::nullopt;
}

std::int32_t SpokeHost::Impl::http(const sph_http_request& request, const sph_http_sink& answer)
{
    if (!inVerb())
        return refuse(Class::Bug,
                      "http was called outside a verb of the lane (accept and translate are pure)");
    if (request.size < sizeof request)
        return refuse(Class::Bug, "http was given a request of " + std::to_string(request.size) +
                                      " bytes; version 1.0 has " + std::to_string(sizeof request));
    Class kind = Class::Bug;
    std::string why;
    const auto prepared = prepare(request, kind, why);
    if (!prepared)
        return refuse(kind, why);
    const auto reply = parts.http.send(*prepared);
    if (reply.kind != Class::Done)
        return refuse(reply.kind, prepared->method + " " + prepared->url + ": " + reply.reason);

    std::vector<sph_header> headers;
    headers.reserve(reply.headers.size());
    for (const auto& [name, value] : reply.headers)
        headers.push_back({text(name), text(value)});
    sph_http_response response{};
    response.size = sizeof response;
    response.status = reply.status;
    response.headers = headers.data();
    response.header_count = headers.size();
    response.body = text(reply.body);
    answer.response(answer.self, &response);
    return SPH_DONE;
}

SpokeHost::SpokeHost(SpokeHostParts parts) : _impl(std::make_unique<Impl>(std::move(parts))) {}
SpokeHost::~SpokeHost() = default;

const sph_host* SpokeHost::table() const
{
    return &_impl->table;
}

void SpokeHost::setSecrets(Secrets secrets)
{
    _impl->vault.set(std::move(secrets));
}

std::uint64_t SpokeHost::secretsVersion() const
{
    return _impl->vault.version();
}

void SpokeHost::begin(const Call& call)
{
    _impl->call = call;
    _impl->renewed.clear();
    _impl->lane = std::this_thread::get_id();
}

void SpokeHost::end()
{
    _impl->lane = std::thread::id{};
    _impl->call = {};
}

std::string SpokeHost::blotted(std::string_view text) const
{
    return _impl->vault.blotted(text);
}

} // namespace spokehub::spokes
