#include "spokes/SpokeHost.h"

#include "core/Log.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <span>
#include <thread>

namespace spokehub::spokes
{

namespace
{

using namespace std::chrono_literals;

constexpr std::size_t macBytes = 32;
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

struct FreeMac
{
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

/// One context for each thread, given a new key each time: no lock, and no fetch of the algorithm
/// for each call.
bool hmacSha256(std::string_view key, std::string_view data, unsigned char* mac)
{
    thread_local const std::unique_ptr<EVP_MAC_CTX, FreeMac> context = [] {
        const std::unique_ptr<EVP_MAC, FreeMac> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
        return std::unique_ptr<EVP_MAC_CTX, FreeMac>(EVP_MAC_CTX_new(hmac.get()));
    }();
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                     OSSL_PARAM_construct_end()};
    const auto bytes = [](std::string_view from) {
        return reinterpret_cast<const unsigned char*>(from.data());
    };
    std::size_t size = 0;
    return EVP_MAC_init(context.get(), bytes(key), key.size(), parameters) == 1 &&
           EVP_MAC_update(context.get(), bytes(data), data.size()) == 1 &&
           EVP_MAC_final(context.get(), mac, &size, macBytes) == 1 && size == macBytes;
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

    std::string blotted(std::string_view from) const;
    const std::vector<std::string>* secret(std::string_view name) const;
    bool inVerb() const { return lane == std::this_thread::get_id(); }
    void logLine(Level level, std::string_view message) const;

    std::int32_t http(const sph_http_request& request, const sph_http_sink& answer);
    std::int32_t refuse(Class kind, std::string_view reason) const;
    /// The call with secrets put into its headers; nothing and `why` when it may not be sent.
    std::optional<HttpCall> prepare(const sph_http_request& request, Class& kind,
                                    std::string& why) const;
    std::optional<std::string> expanded(std::string_view value, std::string& why) const;

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

    static std::int32_t hmac(void* self, sph_text name, std::uint32_t index, sph_text data,
                             void* mac);
    static void log(void* self, std::int32_t level, sph_text message);
    static void random(void*, void* bytes, std::uint64_t size);

    SpokeHostParts parts;
    std::vector<std::pair<std::string, std::string>>
        blots; // secret's value, longest first, and what stands for it
    sph_host table{};
    Call call;
    std::atomic<std::thread::id> lane{};
};

SpokeHost::Impl::Impl(SpokeHostParts given) : parts(std::move(given))
{
    for (const auto& [name, values] : parts.secrets)
        for (const auto& value : values)
            if (!value.empty())
                blots.emplace_back(value, "[secret " + name + "]");
    std::ranges::stable_sort(blots, std::greater{},
                             [](const auto& blot) { return blot.first.size(); });

    table.size = sizeof table;
    table.abi_minor = SPH_ABI_MINOR;
    table.self = this;
    table.http = [](void* self, const sph_http_request* request, const sph_http_sink* answer) {
        return of(self).guarded([&] { return of(self).http(*request, *answer); });
    };
    table.log = &Impl::log;
    table.now = [](void* self) { return of(self).parts.clock.now().micros; };
    table.random = &Impl::random;
    table.secret_count = [](void* self, sph_text name) {
        const auto* values = of(self).secret(view(name));
        return values == nullptr ? 0 : static_cast<std::uint32_t>(values->size());
    };
    table.hmac_sha256 = &Impl::hmac;
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
    table.extension = [](void*, sph_text) -> const void* { return nullptr; };
}

std::string SpokeHost::Impl::blotted(std::string_view from) const
{
    std::string to(from);
    for (const auto& [value, blot] : blots)
        for (std::size_t at = to.find(value); at != std::string::npos;
             at = to.find(value, at + blot.size()))
            to.replace(at, value.size(), blot);
    return to;
}

const std::vector<std::string>* SpokeHost::Impl::secret(std::string_view name) const
{
    const auto found = parts.secrets.find(name);
    return found == parts.secrets.end() ? nullptr : &found->second;
}

void SpokeHost::Impl::logLine(Level level, std::string_view message) const
{
    constexpr std::size_t lineBytesMax = 8 * 1024;
    const std::string line = blotted(message).substr(0, lineBytesMax);
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

std::int32_t SpokeHost::Impl::hmac(void* self, sph_text name, std::uint32_t index, sph_text data,
                                   void* mac)
{
    const auto* values = of(self).secret(view(name));
    if (values == nullptr || index >= values->size())
        return SPH_CONFIG;
    return hmacSha256((*values)[index], view(data), static_cast<unsigned char*>(mac)) ? SPH_DONE
                                                                                      : SPH_CONFIG;
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

std::optional<std::string> SpokeHost::Impl::expanded(std::string_view value, std::string& why) const
{
    constexpr std::string_view opening = "${secret:";
    std::string to;
    for (auto at = value.find(opening); at != std::string_view::npos; at = value.find(opening)) {
        const auto end = value.find('}', at);
        if (end == std::string_view::npos)
            break;
        const auto name = value.substr(at + opening.size(), end - at - opening.size());
        const auto* values = secret(name);
        if (values == nullptr || values->empty()) {
            why = "the secret '" + std::string(name) + "' is not configured";
            return std::nullopt;
        }
        to.append(value, 0, at).append(values->front());
        value.remove_prefix(end + 1);
    }
    return to.append(value);
}

std::optional<HttpCall> SpokeHost::Impl::prepare(const sph_http_request& request, Class& kind,
                                                 std::string& why) const
{
    const auto now = parts.clock.now();
    HttpCall made;
    made.method = view(request.method);
    made.url = view(request.url);
    made.body = view(request.body);
    if (request.body_max != 0)
        made.bodyBytesMax = std::min(request.body_max, bodyBytesMax);
    made.deadline =
        std::min(call.deadline,
                 now + (request.timeout_ms == 0 ? std::chrono::microseconds(httpTimeout)
                                                : std::chrono::milliseconds(request.timeout_ms)));
    made.stopped = call.stopped;
    kind = Class::Bug;
    if (!isToken(made.method))
        why = "http: '" + made.method + "' is not a method";
    for (const auto& header : std::span(request.headers, request.header_count)) {
        const auto name = view(header.name);
        const auto value = expanded(view(header.value), why);
        if (!value)
            kind = Class::Config;
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

void SpokeHost::begin(const Call& call)
{
    _impl->call = call;
    _impl->lane = std::this_thread::get_id();
}

void SpokeHost::end()
{
    _impl->lane = std::thread::id{};
    _impl->call = {};
}

std::string SpokeHost::blotted(std::string_view text) const
{
    return _impl->blotted(text);
}

} // namespace spokehub::spokes
