#include "spokes/HostCalls.h"

#include "spokes/Frames.h"

#include <array>
#include <vector>

namespace spokehub::spokes
{

namespace
{

constexpr std::int64_t headersMax = 1000;
constexpr std::size_t macBytesMax = 64;

sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

std::string_view view(sph_text text)
{
    return text.size == 0 ? std::string_view{} : std::string_view(text.data, text.size);
}

std::string number(std::int64_t value)
{
    return Packer().number(value).packed();
}

/// Where a service puts the one text it hands over.
struct OneText
{
    std::string got;
    bool any = false;

    sph_sink sink()
    {
        return {this, [](void* self, std::int32_t, sph_text given) -> std::int32_t {
                    auto& one = *static_cast<OneText*>(self);
                    one.got = view(given);
                    one.any = true;
                    return 0;
                }};
    }
    std::string packed(std::int32_t kind) const
    {
        return Packer().number(kind).number(any).text(got).packed();
    }
};

void packResponse(void* self, const sph_http_response* response)
{
    auto& packer = *static_cast<Packer*>(self);
    packer.number(response->status).number(static_cast<std::int64_t>(response->header_count));
    for (std::uint64_t i = 0; i < response->header_count; ++i)
        packer.text(view(response->headers[i].name)).text(view(response->headers[i].value));
    packer.text(view(response->body));
}

std::string http(const sph_host& host, Unpacker& call)
{
    sph_http_request request{};
    request.size = sizeof request;
    request.timeout_ms = static_cast<std::uint32_t>(call.number());
    request.method = text(call.text());
    request.url = text(call.text());
    request.body_max = static_cast<std::uint64_t>(call.number());
    const std::int64_t count = call.number();
    if (count < 0 || count > headersMax)
        throw FrameError(FrameError::Kind::Garbage, std::to_string(count) + " headers");
    std::vector<sph_header> headers(static_cast<std::size_t>(count));
    for (sph_header& header : headers) {
        header.name = text(call.text());
        header.value = text(call.text());
    }
    request.headers = headers.data();
    request.header_count = headers.size();
    request.body = text(call.text());

    Packer response;
    const sph_http_sink sink{&response, packResponse};
    const std::int32_t kind = host.http(host.self, &request, &sink);
    return Packer().number(kind).packed() + response.packed();
}

std::string hmac(const sph_host& host, Unpacker& call)
{
    const auto name = call.text();
    const auto index = static_cast<std::uint32_t>(call.number());
    std::array<char, macBytesMax> mac{};
    const std::int32_t kind =
        host.hmac_sha256(host.self, text(name), index, text(call.text()), mac.data());
    return Packer().number(kind).text({mac.data(), 32}).packed();
}

const sph_crypto& crypto(const sph_host& host)
{
    const void* table = host.extension(host.self, text(SPH_CRYPTO));
    if (table == nullptr)
        throw FrameError(FrameError::Kind::Garbage, "a call of an extension that there is not");
    return *static_cast<const sph_crypto*>(table);
}

std::string cryptoCall(const sph_host& host, Service service, Unpacker& call)
{
    const sph_crypto& table = crypto(host);
    std::array<char, macBytesMax> out{};
    OneText one;
    const sph_sink sink = one.sink();
    switch (service) {
    case Service::CryptoVerify: {
        const auto digest = static_cast<std::uint32_t>(call.number());
        const auto key = call.text();
        const auto data = call.text();
        return number(table.verify(host.self, digest, text(key), text(data), text(call.text())));
    }
    case Service::CryptoHmac: {
        const auto digest = static_cast<std::uint32_t>(call.number());
        const auto secret = call.text();
        const auto index = static_cast<std::uint32_t>(call.number());
        const auto form = static_cast<std::uint32_t>(call.number());
        const auto kind =
            table.hmac(host.self, digest, text(secret), index, form, text(call.text()), out.data());
        return Packer().number(kind).text({out.data(), out.size()}).packed();
    }
    case Service::CryptoDigest: {
        const auto digest = static_cast<std::uint32_t>(call.number());
        const auto before = call.text();
        const auto secret = call.text();
        const auto kind = table.digest(host.self, digest, text(before), text(secret),
                                       text(call.text()), out.data());
        return Packer().number(kind).text({out.data(), out.size()}).packed();
    }
    case Service::CryptoBase64:
        return one.packed(table.base64(host.self, text(call.text()), &sink));
    default:
        return one.packed(table.unbase64(host.self, text(call.text()), &sink));
    }
}

std::string renew(const sph_host& host, Unpacker& call)
{
    const void* table = host.extension(host.self, text(SPH_OAUTH));
    if (table == nullptr)
        throw FrameError(FrameError::Kind::Garbage, "a call of an extension that there is not");
    return number(static_cast<const sph_oauth*>(table)->renew(host.self, text(call.text())));
}

} // namespace

std::string answerHostCall(const sph_host& host, std::string_view payload)
{
    Unpacker call(payload);
    const auto service = static_cast<Service>(call.number());
    switch (service) {
    case Service::Http:
        return http(host, call);
    case Service::Log: {
        const auto level = static_cast<std::int32_t>(call.number());
        host.log(host.self, level, text(call.text()));
        return {};
    }
    case Service::Now:
        return number(host.now(host.self));
    case Service::SecretCount:
        return number(host.secret_count(host.self, text(call.text())));
    case Service::Hmac:
        return hmac(host, call);
    case Service::KvGet: {
        OneText one;
        const sph_sink sink = one.sink();
        return one.packed(host.kv_get(host.self, text(call.text()), &sink));
    }
    case Service::KvPut: {
        const auto key = call.text();
        return number(host.kv_put(host.self, text(key), text(call.text())));
    }
    case Service::Cancelled:
        return number(host.cancelled(host.self));
    case Service::Extension:
        return number(host.extension(host.self, text(call.text())) != nullptr);
    case Service::CryptoVerify:
    case Service::CryptoHmac:
    case Service::CryptoDigest:
    case Service::CryptoBase64:
    case Service::CryptoUnbase64:
        return cryptoCall(host, service, call);
    case Service::OauthRenew:
        return renew(host, call);
    default:
        throw FrameError(FrameError::Kind::Garbage,
                         "a call of the unknown service " +
                             std::to_string(static_cast<std::int64_t>(service)));
    }
}

} // namespace spokehub::spokes
