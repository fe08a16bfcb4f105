#pragma once

#include "spokehub/Host.h"

#include <array>
#include <functional>
#include <map>
#include <stdexcept>

// For an author's own tests: a host in memory, and a spoke driven through its table. What the hub
// does beyond that (rates, TLS, oauth and crypto by name) is the certifier's matter.
namespace spokehub::testing
{

namespace detail
{

/// FIPS 180-4, byte by byte: for tests it is fast enough.
class Sha256
{
public:
    void add(std::string_view bytes)
    {
        for (const char byte : bytes) {
            _block[_filled++] = static_cast<unsigned char>(byte);
            ++_size;
            if (_filled == _block.size())
                mix();
        }
    }

    std::string digest()
    {
        const std::uint64_t bits = _size * 8;
        add(std::string_view("\x80", 1));
        while (_filled != 56)
            add(std::string_view("\0", 1));
        for (int shift = 56; shift >= 0; shift -= 8) {
            const char byte = static_cast<char>(bits >> shift & 0xff);
            add({&byte, 1});
        }
        std::string bytes;
        for (const std::uint32_t word : _state)
            for (int shift = 24; shift >= 0; shift -= 8)
                bytes += static_cast<char>(word >> shift & 0xff);
        return bytes;
    }

private:
    static std::uint32_t turned(std::uint32_t word, int by)
    {
        return word >> by | word << (32 - by);
    }

    void mix()
    {
        static constexpr std::array<std::uint32_t, 64> constants = {
            0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
            0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
            0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
            0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
            0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
            0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
            0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
            0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
            0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
            0xc67178f2};
        std::array<std::uint32_t, 64> w{};
        for (std::size_t i = 0; i < 16; ++i)
            for (std::size_t b = 0; b < 4; ++b)
                w[i] = w[i] << 8 | _block[i * 4 + b];
        for (std::size_t i = 16; i < 64; ++i)
            w[i] = w[i - 16] + w[i - 7] +
                   (turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3) +
                   (turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10);
        auto [a, b, c, d, e, f, g, h] = _state;
        for (std::size_t i = 0; i < 64; ++i) {
            const std::uint32_t one = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
                                      ((e & f) ^ (~e & g)) + constants[i] + w[i];
            const std::uint32_t two =
                (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
        }
        const std::array<std::uint32_t, 8> mixed = {a, b, c, d, e, f, g, h};
        for (std::size_t i = 0; i < 8; ++i)
            _state[i] += mixed[i];
        _filled = 0;
    }

    std::array<std::uint32_t, 8> _state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<unsigned char, 64> _block{};
    std::size_t _filled = 0;
    std::uint64_t _size = 0;
};

inline std::string sha256(std::string_view bytes)
{
    Sha256 hash;
    hash.add(bytes);
    return hash.digest();
}

} // namespace detail

/// The 32 raw bytes, to sign a test's own webhooks with.
inline std::string hmacSha256(std::string_view key, std::string_view data)
{
    std::string block(key.size() > 64 ? detail::sha256(key) : std::string(key));
    block.resize(64, '\0');
    std::string inner = block, outer = block;
    for (std::size_t i = 0; i < 64; ++i) {
        inner[i] = static_cast<char>(inner[i] ^ 0x36);
        outer[i] = static_cast<char>(outer[i] ^ 0x5c);
    }
    return detail::sha256(outer + detail::sha256(inner + std::string(data)));
}

/// A host in memory: the test says what HTTP answers and sees what was asked.
class TestHost
{
public:
    std::map<std::string, std::vector<std::string>> secrets;
    /// Stands for the channel; without it nothing is sent (Retry).
    std::function<HttpResult(const HttpRequest&)> http;
    std::int64_t time = 1'795'176'000'000'000; // 2026-11-20T12:00:00Z
    bool stop = false;

    std::vector<HttpRequest> calls; // with the secrets in their headers
    std::vector<std::string> log;
    std::map<std::string, std::string> values;

    TestHost()
    {
        _table.size = sizeof _table;
        _table.abi_minor = SPH_ABI_MINOR;
        _table.self = this;
        _table.http = &TestHost::send;
        _table.log = [](void* self, std::int32_t, sph_text line) {
            of(self).log.emplace_back(view(line));
        };
        _table.now = [](void* self) { return of(self).time; };
        _table.random = [](void*, void* bytes, std::uint64_t size) {
            for (std::uint64_t i = 0; i < size; ++i) // the same in each run
                static_cast<unsigned char*>(bytes)[i] = static_cast<unsigned char>(i * 37 + 11);
        };
        _table.secret_count = [](void* self, sph_text name) {
            return static_cast<std::uint32_t>(of(self).secretsOf(name).size());
        };
        _table.hmac_sha256 = &TestHost::hmac;
        _table.equal = [](void*, sph_text a, sph_text b) -> std::int32_t {
            return view(a) == view(b) ? 1 : 0;
        };
        _table.kv_get = [](void* self, sph_text key, const sph_sink* sink) -> std::int32_t {
            const auto found = of(self).values.find(std::string(view(key)));
            if (found == of(self).values.end())
                return 0;
            sink->put(sink->self, 0, spokehub::sdk::detail::text(found->second));
            return 1;
        };
        _table.kv_put = [](void* self, sph_text key, sph_text value) -> std::int32_t {
            of(self).values[std::string(view(key))] = view(value);
            return SPH_DONE;
        };
        _table.cancelled = [](void* self) -> std::int32_t { return of(self).stop ? 1 : 0; };
        _table.deadline = [](void* self) { return of(self).time + 60'000'000; };
        _table.extension = [](void*, sph_text) -> const void* { return nullptr; };
    }
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;

    const sph_host* table() const { return &_table; }

private:
    static TestHost& of(void* self) { return *static_cast<TestHost*>(self); }
    static std::string_view view(sph_text text) { return spokehub::sdk::detail::view(text); }

    const std::vector<std::string>& secretsOf(sph_text name) const
    {
        static const std::vector<std::string> none;
        const auto found = secrets.find(std::string(view(name)));
        return found == secrets.end() ? none : found->second;
    }

    static std::int32_t hmac(void* self, sph_text name, std::uint32_t index, sph_text data,
                             void* mac)
    {
        const auto& all = of(self).secretsOf(name);
        if (index >= all.size())
            return SPH_CONFIG;
        const std::string made = hmacSha256(all[index], view(data));
        made.copy(static_cast<char*>(mac), made.size());
        return SPH_DONE;
    }

    std::string filled(std::string text) const
    {
        for (const auto& [name, all] : secrets) {
            const std::string place = "${secret:" + name + "}";
            for (auto at = text.find(place); at != text.npos && !all.empty(); at = text.find(place))
                text.replace(at, place.size(), all.front());
        }
        return text;
    }

    static std::int32_t send(void* self, const sph_http_request* raw, const sph_http_sink* answer)
    {
        TestHost& host = of(self);
        HttpRequest request;
        request.method = view(raw->method);
        request.url = view(raw->url);
        request.body = view(raw->body);
        for (std::uint64_t i = 0; i < raw->header_count; ++i)
            request.headers.emplace_back(view(raw->headers[i].name),
                                         host.filled(std::string(view(raw->headers[i].value))));
        host.calls.push_back(request);
        HttpResult result;
        result.kind = Class::Retry;
        if (host.http)
            result = host.http(request);
        if (result.kind != Class::Done)
            return static_cast<std::int32_t>(result.kind);
        std::vector<sph_header> headers;
        for (const auto& [name, value] : result.headers)
            headers.push_back(
                {spokehub::sdk::detail::text(name), spokehub::sdk::detail::text(value)});
        sph_http_response response{};
        response.size = sizeof response;
        response.status = result.status;
        response.headers = headers.data();
        response.header_count = headers.size();
        response.body = spokehub::sdk::detail::text(result.body);
        answer->response(answer->self, &response);
        return SPH_DONE;
    }

    sph_host _table{};
};

/// What a verb answered.
struct Answer
{
    Class kind = Class::Done;
    std::string reason;
    std::vector<std::pair<std::int32_t, nlohmann::json>> documents; // SPH_DOC_..., without problems

    /// The documents of one kind.
    std::vector<nlohmann::json> all(std::int32_t wanted) const
    {
        std::vector<nlohmann::json> found;
        for (const auto& [document, json] : documents)
            if (document == wanted)
                found.push_back(json);
        return found;
    }
};

/// A spoke, driven through its table as the hub does it.
class TestSpoke
{
public:
    /// Throws std::runtime_error with the spoke's reason when it does not open.
    TestSpoke(const sph_spoke* table, TestHost& host, const std::string& settings) : _table(*table)
    {
        const Answer answer = run([&](const sph_sink* out) {
            return _table.open(host.table(), spokehub::sdk::detail::text(settings), &_instance,
                               out);
        });
        if (answer.kind != Class::Done || _instance == nullptr)
            throw std::runtime_error("the spoke does not open: " + answer.reason);
    }
    ~TestSpoke() { _table.close(_instance); }
    TestSpoke(const TestSpoke&) = delete;
    TestSpoke& operator=(const TestSpoke&) = delete;

    /// The verdict (SPH_ACCEPT_...), the message's id and its topic.
    struct Verdict
    {
        std::int32_t verdict = -1;
        std::string messageId;
        std::string topic;
        std::string reason;
    };
    Verdict accept(const std::string& topic, const std::string& body, const Headers& headers) const
    {
        std::vector<sph_header> raw;
        for (const auto& [name, value] : headers)
            raw.push_back({spokehub::sdk::detail::text(name), spokehub::sdk::detail::text(value)});
        sph_request request{};
        request.size = sizeof request;
        request.method = spokehub::sdk::detail::text("POST");
        request.topic = spokehub::sdk::detail::text(topic);
        request.headers = raw.data();
        request.header_count = raw.size();
        request.body = spokehub::sdk::detail::text(body);
        Verdict verdict;
        const sph_accept_sink sink{&verdict, [](void* self, const sph_accepted* accepted) {
                                       auto& to = *static_cast<Verdict*>(self);
                                       to.verdict = accepted->verdict;
                                       to.messageId =
                                           spokehub::sdk::detail::view(accepted->message_id);
                                       to.topic = spokehub::sdk::detail::view(accepted->topic);
                                       to.reason = spokehub::sdk::detail::view(accepted->reason);
                                   }};
        _table.accept(_instance, &request, &sink);
        return verdict;
    }

    Answer translate(const std::string& topic, const std::string& body) const
    {
        sph_message message{};
        message.size = sizeof message;
        message.message_id = spokehub::sdk::detail::text("test");
        message.topic = spokehub::sdk::detail::text(topic);
        message.body = spokehub::sdk::detail::text(body);
        return run([&](const sph_sink* out) { return _table.translate(_instance, &message, out); });
    }

    Answer check()
    {
        return run([&](const sph_sink* out) { return _table.check(_instance, out); });
    }
    /// `request` and `batch` are JSON, see pull.json and push.json.
    Answer pull(const std::string& stream, const std::string& request)
    {
        return run([&](const sph_sink* out) {
            return _table.pull(_instance, spokehub::sdk::detail::text(stream),
                               spokehub::sdk::detail::text(request), out);
        });
    }
    Answer push(const std::string& batch)
    {
        return run([&](const sph_sink* out) {
            return _table.push(_instance, spokehub::sdk::detail::text(batch), out);
        });
    }

private:
    template <class Verb>
    static Answer run(Verb&& verb)
    {
        Answer answer;
        const sph_sink sink{
            &answer, [](void* self, std::int32_t kind, sph_text json) noexcept -> std::int32_t {
                auto& to = *static_cast<Answer*>(self);
                const auto text = spokehub::sdk::detail::view(json);
                auto value = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
                if (kind == SPH_DOC_PROBLEM)
                    to.reason = value.is_object() ? value.value("reason", "") : "";
                else
                    to.documents.emplace_back(kind, std::move(value));
                return 0;
            }};
        answer.kind = classFromNumber(verb(&sink));
        return answer;
    }

    const sph_spoke& _table;
    void* _instance = nullptr;
};

} // namespace spokehub::testing
