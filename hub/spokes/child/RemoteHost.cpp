#include "spokes/child/RemoteHost.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/random.h>
#include <unistd.h>
#include <vector>

namespace spokehub::spokes
{

namespace
{

constexpr std::size_t logBytesMax = 8 * 1024;

std::string_view view(sph_text text)
{
    return text.size == 0 ? std::string_view{} : std::string_view(text.data, text.size);
}

sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

RemoteHost& of(void* self)
{
    return *static_cast<RemoteHost*>(self);
}

Packer call(Service service)
{
    return Packer().number(static_cast<std::int64_t>(service));
}

/// Hands the one text of an answer to the spoke's sink, if there is one.
std::int32_t handOver(std::string_view packed, const sph_sink* sink)
{
    Unpacker answer(packed);
    const auto kind = static_cast<std::int32_t>(answer.number());
    if (answer.number() != 0) {
        const std::string got(answer.text()); // the spoke may ask for more in its sink
        sink->put(sink->self, 0, text(got));
    }
    return kind;
}

std::size_t digestBytes(std::uint32_t digest)
{
    return digest == SPH_SHA1 ? 20 : digest == SPH_SHA256 ? 32 : digest == SPH_SHA512 ? 64 : 0;
}

std::int32_t digestFrom(std::string_view packed, std::uint32_t digest, void* out)
{
    Unpacker answer(packed);
    const auto kind = static_cast<std::int32_t>(answer.number());
    if (kind == SPH_DONE)
        std::memcpy(out, answer.text().data(), digestBytes(digest));
    return kind;
}

const sph_crypto cryptoTable = {
    .size = sizeof(sph_crypto),
    .reserved = 0,
    .verify = [](void* self, std::uint32_t digest, sph_text key, sph_text data,
                 sph_text signature) -> std::int32_t {
        return static_cast<std::int32_t>(of(self).askNumber(call(Service::CryptoVerify)
                                                                .number(digest)
                                                                .text(view(key))
                                                                .text(view(data))
                                                                .text(view(signature))));
    },
    .hmac = [](void* self, std::uint32_t digest, sph_text secret, std::uint32_t index,
               std::uint32_t form, sph_text data, void* mac) -> std::int32_t {
        return digestFrom(of(self).ask(call(Service::CryptoHmac)
                                           .number(digest)
                                           .text(view(secret))
                                           .number(index)
                                           .number(form)
                                           .text(view(data))),
                          digest, mac);
    },
    .digest = [](void* self, std::uint32_t digest, sph_text before, sph_text secret, sph_text after,
                 void* out) -> std::int32_t {
        return digestFrom(of(self).ask(call(Service::CryptoDigest)
                                           .number(digest)
                                           .text(view(before))
                                           .text(view(secret))
                                           .text(view(after))),
                          digest, out);
    },
    .base64 = [](void* self, sph_text bytes, const sph_sink* out) -> std::int32_t {
        return handOver(of(self).ask(call(Service::CryptoBase64).text(view(bytes))), out);
    },
    .unbase64 = [](void* self, sph_text from, const sph_sink* out) -> std::int32_t {
        return handOver(of(self).ask(call(Service::CryptoUnbase64).text(view(from))), out);
    },
};

const sph_oauth oauthTable = {
    .size = sizeof(sph_oauth),
    .reserved = 0,
    .renew = [](void* self, sph_text grant) -> std::int32_t {
        return static_cast<std::int32_t>(
            of(self).askNumber(call(Service::OauthRenew).text(view(grant))));
    },
};

} // namespace

RemoteHost::RemoteHost(Frames& frames) : _frames(frames)
{
    _table.size = sizeof _table;
    _table.abi_minor = SPH_ABI_MINOR;
    _table.self = this;
    _table.http = http;
    _table.log = log;
    _table.now = [](void* self) { return of(self).now(); };
    _table.random = random;
    _table.secret_count = [](void* self, sph_text name) {
        return static_cast<std::uint32_t>(
            of(self).askNumber(call(Service::SecretCount).text(view(name))));
    };
    _table.hmac_sha256 = hmac;
    _table.equal = equal;
    _table.kv_get = [](void* self, sph_text key, const sph_sink* value) {
        return handOver(of(self).ask(call(Service::KvGet).text(view(key))), value);
    };
    _table.kv_put = [](void* self, sph_text key, sph_text value) {
        return static_cast<std::int32_t>(
            of(self).askNumber(call(Service::KvPut).text(view(key)).text(view(value))));
    };
    _table.cancelled = [](void* self) {
        return static_cast<std::int32_t>(of(self).askNumber(call(Service::Cancelled)));
    };
    _table.deadline = [](void* self) {
        auto& host = of(self);
        return host._deadline == 0 ? host.now() : host._deadline;
    };
    _table.extension = extension;
}

void RemoteHost::begin(std::int64_t deadline)
{
    _deadline = deadline;
    _stopped = false;
    _saidNow.reset();
}

// A broken connection cannot be told to a spoke, whose frames no exception may pass: the end.

Frame RemoteHost::next()
{
    try {
        return _frames.next();
    } catch (const FrameError&) {
        _exit(EXIT_FAILURE);
    }
}

void RemoteHost::tell(FrameKind kind, std::string_view payload)
{
    try {
        _frames.put(kind, payload);
        _frames.flush();
    } catch (const FrameError&) {
        _exit(EXIT_FAILURE);
    }
}

void RemoteHost::tellLater(FrameKind kind, std::string_view payload)
{
    try {
        _frames.put(kind, payload);
    } catch (const FrameError&) {
        _exit(EXIT_FAILURE);
    }
}

std::string_view RemoteHost::answer(FrameKind kind)
{
    for (;;) {
        const Frame frame = next();
        if (frame.kind == kind)
            return frame.payload;
        if (frame.kind != FrameKind::Stop)
            _exit(EXIT_FAILURE);
        _stopped = true;
    }
}

std::string_view RemoteHost::ask(const Packer& question)
{
    tell(FrameKind::HostCall, question.packed());
    return answer(FrameKind::HostAnswer);
}

bool RemoteHost::stopped()
{
    try {
        _frames.flush();
        if (_frames.ready())
            _stopped = _frames.next().kind == FrameKind::Stop;
        return _stopped;
    } catch (const FrameError&) {
        _exit(EXIT_FAILURE);
    }
}

bool RemoteHost::wantsMore()
{
    try {
        _frames.flush();
    } catch (const FrameError&) {
        _exit(EXIT_FAILURE);
    }
    return Unpacker(answer(FrameKind::Continue)).number() != 0 && !_stopped;
}

/// The hub's clock, asked once a millisecond at most: some look at it for each item of a batch.
std::int64_t RemoteHost::now()
{
    const auto here = std::chrono::steady_clock::now();
    if (!_saidNow || here - *_saidNow >= std::chrono::milliseconds(1)) {
        _now = askNumber(call(Service::Now));
        _saidNow = here;
    }
    return _now;
}

std::int32_t RemoteHost::http(void* self, const sph_http_request* request,
                              const sph_http_sink* answer)
{
    Packer asked = call(Service::Http);
    asked.number(request->timeout_ms).text(view(request->method)).text(view(request->url));
    asked.number(static_cast<std::int64_t>(request->body_max));
    asked.number(static_cast<std::int64_t>(request->header_count));
    for (std::uint64_t i = 0; i < request->header_count; ++i)
        asked.text(view(request->headers[i].name)).text(view(request->headers[i].value));
    asked.text(view(request->body));

    const std::string got(of(self).ask(asked));
    Unpacker unpacker(got);
    const auto kind = static_cast<std::int32_t>(unpacker.number());
    if (kind != SPH_DONE)
        return kind;
    sph_http_response response{};
    response.size = sizeof response;
    response.status = static_cast<std::int32_t>(unpacker.number());
    std::vector<sph_header> headers(static_cast<std::size_t>(unpacker.number()));
    for (sph_header& header : headers) {
        header.name = text(unpacker.text());
        header.value = text(unpacker.text());
    }
    response.headers = headers.data();
    response.header_count = headers.size();
    response.body = text(unpacker.text());
    answer->response(answer->self, &response);
    return kind;
}

void RemoteHost::log(void* self, std::int32_t level, sph_text message)
{
    const auto line = view(message).substr(0, logBytesMax);
    of(self).tellLater(FrameKind::HostCall, call(Service::Log).number(level).text(line).packed());
}

void RemoteHost::random(void*, void* bytes, std::uint64_t size)
{
    for (auto* at = static_cast<char*>(bytes); size > 0;) {
        const auto got = ::getrandom(at, std::min<std::uint64_t>(size, 256), 0);
        if (got < 0 && errno != EINTR)
            std::abort(); // a key made of bytes that are not random would be worse
        if (got > 0) {
            at += got;
            size -= static_cast<std::uint64_t>(got);
        }
    }
}

std::int32_t RemoteHost::hmac(void* self, sph_text name, std::uint32_t index, sph_text data,
                              void* mac)
{
    Unpacker answer(
        of(self).ask(call(Service::Hmac).text(view(name)).number(index).text(view(data))));
    const auto kind = static_cast<std::int32_t>(answer.number());
    if (kind == SPH_DONE)
        std::memcpy(mac, answer.text().data(), 32);
    return kind;
}

/// Its time does not depend on where two texts of one size differ.
std::int32_t RemoteHost::equal(void*, sph_text a, sph_text b)
{
    if (a.size != b.size)
        return 0;
    volatile unsigned char different = 0;
    for (std::uint64_t i = 0; i < a.size; ++i)
        different = static_cast<unsigned char>(different | (static_cast<unsigned char>(a.data[i]) ^
                                                            static_cast<unsigned char>(b.data[i])));
    return different == 0 ? 1 : 0;
}

const void* RemoteHost::extension(void* self, sph_text id)
{
    const void* table = nullptr;
    table = view(id) == SPH_CRYPTO  ? static_cast<const void*>(&cryptoTable)
            : view(id) == SPH_OAUTH ? &oauthTable
                                    : nullptr;
    if (table == nullptr || of(self).askNumber(call(Service::Extension).text(view(id))) == 0)
        return nullptr;
    return table;
}

} // namespace spokehub::spokes
