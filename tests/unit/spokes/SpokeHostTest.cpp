#include "spokes/SpokeHost.h"

#include "support/SigningKey.h"
#include "support/TestClock.h"

#include "core/Log.h"
#include "spokehub/Text.h"

#include <cppunit/extensions/HelperMacros.h>

#include <unistd.h>

#include <cstdio>
#include <deque>
#include <optional>
#include <thread>

using namespace spokehub::spokes;
using namespace std::chrono_literals;
using spokehub::Class;
using spokehub::Time;
using spokehub::test::TestClock;

namespace
{

sph_text text(std::string_view from)
{
    return {from.data(), from.size()};
}

class ScriptedTransport final : public HttpTransport
{
public:
    HttpReply send(const HttpCall& call) override
    {
        calls.push_back(call);
        return reply;
    }

    std::deque<HttpCall> calls;
    HttpReply reply;
};

/// What is written to standard error meanwhile.
class CapturedLog
{
public:
    CapturedLog() : _file(std::tmpfile()), _before(dup(2))
    {
        dup2(fileno(_file), 2);
        spokehub::Log::threshold(spokehub::Level::Debug);
    }
    ~CapturedLog()
    {
        spokehub::Log::threshold(spokehub::Level::Warning);
        dup2(_before, 2);
        ::close(_before);
        std::fclose(_file);
    }
    CapturedLog(const CapturedLog&) = delete;
    CapturedLog& operator=(const CapturedLog&) = delete;

    std::string text() const
    {
        std::string all;
        std::rewind(_file);
        for (int c = std::fgetc(_file); c != EOF; c = std::fgetc(_file))
            all += static_cast<char>(c);
        return all;
    }

private:
    std::FILE* _file;
    int _before;
};

} // namespace

class SpokeHostTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SpokeHostTest);
    CPPUNIT_TEST(secretsAreBlottedOutOfTheLog);
    CPPUNIT_TEST(aSecretInsideAnotherOneIsBlottedWhole);
    CPPUNIT_TEST(hmacFitsThePublishedVector);
    CPPUNIT_TEST(everyValueOfASecretSigns);
    CPPUNIT_TEST(equalComparesSizeAndBytes);
    CPPUNIT_TEST(timeIsTheClocksOwn);
    CPPUNIT_TEST(headersGetTheirSecrets);
    CPPUNIT_TEST(anUnknownSecretInAHeaderIsAMistakeOfConfiguration);
    CPPUNIT_TEST(aHeaderCannotCarryALineBreak);
    CPPUNIT_TEST(aCallNeverOutlivesItsVerb);
    CPPUNIT_TEST(theAnswerIsHandedOver);
    CPPUNIT_TEST(aFailedCallHandsOverNothing);
    CPPUNIT_TEST(outsideAVerbThereIsNoHttp);
    CPPUNIT_TEST(fromAnotherThreadThereIsNoHttp);
    CPPUNIT_TEST(keyValuesAreKeptAndBounded);
    CPPUNIT_TEST(aStopIsSeen);
    CPPUNIT_TEST(extensionsAreKnownByTheirIdAndDraftsAreNone);
    CPPUNIT_TEST(signaturesUnderFetchedKeysAreTold);
    CPPUNIT_TEST(cryptoWorksFromEveryThread);
    CPPUNIT_TEST(aTokenGoesOutInAHeaderAndNowhereElse);
    CPPUNIT_TEST(aTokenIsRenewedOnceInAVerb);
    CPPUNIT_TEST(aShortRequestIsRefused);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestClock> clock;
    std::optional<ScriptedTransport> transport;
    std::optional<BufferedValues> values;
    std::optional<SpokeHost> host;

    const sph_host& table() const { return *host->table(); }
    void* self() const { return table().self; }

    static void keep(void* to, const sph_http_response* response)
    {
        auto& all = *static_cast<std::string*>(to);
        all = std::to_string(response->status) + " ";
        for (std::uint64_t i = 0; i < response->header_count; ++i)
            all.append(response->headers[i].name.data, response->headers[i].name.size).append(" ");
        all.append(response->body.data, response->body.size);
    }

    std::int32_t call(const std::string& header, std::string* answer = nullptr,
                      std::uint32_t timeoutMs = 0) const
    {
        std::string ignored;
        const sph_header headers[] = {{text("X-Token"), text(header)}};
        sph_http_request request{};
        request.size = sizeof request;
        request.timeout_ms = timeoutMs;
        request.method = text("POST");
        request.url = text("https://shop.example/api");
        request.headers = headers;
        request.header_count = 1;
        request.body = text("{}");
        const sph_http_sink sink{answer == nullptr ? &ignored : answer, &SpokeHostTest::keep};
        return table().http(self(), &request, &sink);
    }

public:
    void setUp() override
    {
        clock.emplace();
        transport.emplace();
        values.emplace();
        host.emplace(SpokeHostParts{
            "corner",
            *clock,
            *transport,
            *values,
            {{"token", {"s3cret-token"}}, {"hook", {"Jefe", "older"}}, {"long", {"xJefex"}}}});
        host->begin({clock->now() + 10s, {}});
    }
    void tearDown() override
    {
        host.reset();
        values.reset();
        transport.reset();
        clock.reset();
    }

    void secretsAreBlottedOutOfTheLog()
    {
        const CapturedLog log;

        table().log(self(), SPH_LOG_WARNING, text("called with s3cret-token and older"));

        const auto line = log.text();
        CPPUNIT_ASSERT(line.find("called with [secret token] and [secret hook]") !=
                       std::string::npos);
        CPPUNIT_ASSERT(line.find("\"channel\":\"corner\"") != std::string::npos);
        CPPUNIT_ASSERT(line.find("s3cret") == std::string::npos);
    }

    void aSecretInsideAnotherOneIsBlottedWhole()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("[secret long] [secret hook]"),
                             host->blotted("xJefex Jefe"));
    }

    void hmacFitsThePublishedVector() // RFC 4231, case 2
    {
        std::string mac(32, '\0');

        const auto kind = table().hmac_sha256(self(), text("hook"), 0,
                                              text("what do ya want for nothing?"), mac.data());

        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, kind);
        CPPUNIT_ASSERT_EQUAL(
            std::string("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            spokehub::toHex(mac));
    }

    void everyValueOfASecretSigns()
    {
        std::string first(32, '\0'), second(32, '\0');

        CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, table().secret_count(self(), text("hook")));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, table().secret_count(self(), text("none")));
        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0,
                             table().hmac_sha256(self(), text("hook"), 0, text("x"), first.data()));
        CPPUNIT_ASSERT_EQUAL(
            SPH_DONE + 0, table().hmac_sha256(self(), text("hook"), 1, text("x"), second.data()));
        CPPUNIT_ASSERT_EQUAL(
            SPH_CONFIG + 0, table().hmac_sha256(self(), text("hook"), 2, text("x"), second.data()));
        CPPUNIT_ASSERT(first != second);
    }

    void equalComparesSizeAndBytes()
    {
        CPPUNIT_ASSERT_EQUAL(1, table().equal(self(), text("abc"), text("abc")));
        CPPUNIT_ASSERT_EQUAL(0, table().equal(self(), text("abc"), text("abd")));
        CPPUNIT_ASSERT_EQUAL(0, table().equal(self(), text("abc"), text("ab")));
        CPPUNIT_ASSERT_EQUAL(1, table().equal(self(), text(""), text("")));
    }

    void timeIsTheClocksOwn()
    {
        CPPUNIT_ASSERT_EQUAL(TestClock::start.micros, table().now(self()));
        CPPUNIT_ASSERT_EQUAL((TestClock::start + 10s).micros, table().deadline(self()));
    }

    void headersGetTheirSecrets()
    {
        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, call("Bearer ${secret:token}, ${secret:hook}."));

        CPPUNIT_ASSERT_EQUAL(std::string("Bearer s3cret-token, Jefe."),
                             transport->calls.at(0).headers.at(0).second);
    }

    void anUnknownSecretInAHeaderIsAMistakeOfConfiguration()
    {
        CPPUNIT_ASSERT_EQUAL(SPH_CONFIG + 0, call("${secret:none}"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, transport->calls.size());
    }

    void aHeaderCannotCarryALineBreak()
    {
        CPPUNIT_ASSERT_EQUAL(SPH_BUG + 0, call("a\r\nX-Other: b"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, transport->calls.size());
    }

    void aCallNeverOutlivesItsVerb()
    {
        call("x", nullptr, 60'000);
        call("x", nullptr, 2'000);

        CPPUNIT_ASSERT_EQUAL((TestClock::start + 10s).micros,
                             transport->calls.at(0).deadline.micros);
        CPPUNIT_ASSERT_EQUAL((TestClock::start + 2s).micros,
                             transport->calls.at(1).deadline.micros);
    }

    void theAnswerIsHandedOver()
    {
        transport->reply = {Class::Done, {}, 503, {{"Retry-After", "2"}}, "busy"};
        std::string answer;

        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, call("x", &answer));
        CPPUNIT_ASSERT_EQUAL(std::string("503 Retry-After busy"), answer);
    }

    void aFailedCallHandsOverNothing()
    {
        transport->reply.kind = Class::UnknownOutcome;
        std::string answer;

        CPPUNIT_ASSERT_EQUAL(SPH_UNKNOWN_OUTCOME + 0, call("x", &answer));
        CPPUNIT_ASSERT_EQUAL(std::string(), answer);
    }

    void outsideAVerbThereIsNoHttp()
    {
        host->end();

        CPPUNIT_ASSERT_EQUAL(SPH_BUG + 0, call("x"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, transport->calls.size());
    }

    void fromAnotherThreadThereIsNoHttp()
    {
        std::int32_t kind = SPH_DONE;
        std::thread([&] { kind = call("x"); }).join();

        CPPUNIT_ASSERT_EQUAL(SPH_BUG + 0, kind);
    }

    void keyValuesAreKeptAndBounded()
    {
        const std::string large(KeyValues::bytesMax, 'x');
        std::string got;
        const sph_sink sink{&got, [](void* to, std::int32_t, sph_text value) -> std::int32_t {
                                static_cast<std::string*>(to)->assign(value.data, value.size);
                                return 0;
                            }};

        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, table().kv_put(self(), text("token"), text("abc")));
        CPPUNIT_ASSERT_EQUAL(SPH_REJECTED + 0, table().kv_put(self(), text("token"), text(large)));
        CPPUNIT_ASSERT_EQUAL(SPH_BUG + 0, table().kv_put(self(), text(""), text("abc")));
        CPPUNIT_ASSERT_EQUAL(1, table().kv_get(self(), text("token"), &sink));
        CPPUNIT_ASSERT_EQUAL(std::string("abc"), got);
        CPPUNIT_ASSERT_EQUAL(0, table().kv_get(self(), text("other"), &sink));
        CPPUNIT_ASSERT((values->takeChanges() == BufferedValues::Values{{"token", "abc"}}));
        CPPUNIT_ASSERT(values->takeChanges().empty());
    }

    void aStopIsSeen()
    {
        std::stop_source stop;
        host->begin({clock->now() + 10s, stop.get_token()});

        CPPUNIT_ASSERT_EQUAL(0, table().cancelled(self()));
        stop.request_stop();
        CPPUNIT_ASSERT_EQUAL(1, table().cancelled(self()));
    }

    void extensionsAreKnownByTheirIdAndDraftsAreNone()
    {
        CPPUNIT_ASSERT(table().extension(self(), text(SPH_CRYPTO)) != nullptr);
        CPPUNIT_ASSERT(table().extension(self(), text(SPH_OAUTH)) != nullptr);
        for (const char* id : {"", "spokehub.oauth", "spokehub.oauth/2", "spokehub.oauth/1-draft"})
            CPPUNIT_ASSERT(table().extension(self(), text(id)) == nullptr);
    }

    void signaturesUnderFetchedKeysAreTold()
    {
        const spokehub::test::SigningKey key;
        KeyRing ring("corner", *clock);
        host.emplace(SpokeHostParts{"corner", *clock, *transport, *values, {}, &ring});
        const auto verify = [&](const std::string& id, const std::string& data,
                                std::uint32_t digest = SPH_SHA1) {
            const std::string signature = key.sign("body");
            return crypto().verify(self(), digest, text(id), text(data), text(signature));
        };
        CPPUNIT_ASSERT_EQUAL(SPH_UNMATCHED + 0, verify("k1", "body"));

        ring.keep(R"({"id": "k1", "pem": ")" + key.pem() + "\"}");

        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, verify("k1", "body"));
        CPPUNIT_ASSERT_EQUAL(SPH_REJECTED + 0, verify("k1", "other"));
        CPPUNIT_ASSERT_EQUAL(SPH_UNMATCHED + 0, verify("k2", "body"));
        CPPUNIT_ASSERT_EQUAL(SPH_UNSUPPORTED + 0, verify("k1", "body", 77));
    }

    void cryptoWorksFromEveryThread()
    {
        std::string all;
        const sph_sink sink{&all, [](void* to, std::int32_t, sph_text value) -> std::int32_t {
                                static_cast<std::string*>(to)->append(value.data, value.size);
                                return 0;
                            }};
        std::int32_t bad = SPH_DONE;
        std::thread([&] {
            crypto().base64(self(), text("any carnal pleasure"), &sink);
            crypto().unbase64(self(), text("YW55"), &sink);
            bad = crypto().unbase64(self(), text("YW5"), &sink);
        }).join();

        CPPUNIT_ASSERT_EQUAL(std::string("YW55IGNhcm5hbCBwbGVhc3VyZQ==any"), all);
        CPPUNIT_ASSERT_EQUAL(SPH_REJECTED + 0, bad);
    }

    void aTokenGoesOutInAHeaderAndNowhereElse()
    {
        withGrant();
        transport->reply.body = R"({"access_token": "tok-77"})";

        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, call("Bearer ${oauth:app}"));
        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, call("Bearer ${oauth:app}"));
        CPPUNIT_ASSERT_EQUAL(SPH_CONFIG + 0, call("Bearer ${oauth:other}"));

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, transport->calls.size());
        CPPUNIT_ASSERT_EQUAL(std::string("https://auth.example/token"), transport->calls[0].url);
        CPPUNIT_ASSERT_EQUAL(std::string("Bearer tok-77"),
                             transport->calls[2].headers.at(0).second);
        CPPUNIT_ASSERT_EQUAL(std::string("[access token]!"), host->blotted("tok-77!"));
    }

    void aTokenIsRenewedOnceInAVerb()
    {
        withGrant();
        transport->reply.body = R"({"access_token": "tok-77"})";
        const auto renew = [this] { return oauth().renew(self(), text("app")); };

        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, renew());
        CPPUNIT_ASSERT_EQUAL(SPH_AUTH + 0, renew());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, transport->calls.size());
        host->begin({clock->now() + 10s, {}});
        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0, renew());
        host->end();
        CPPUNIT_ASSERT_EQUAL(SPH_BUG + 0, renew());
    }

    void aShortRequestIsRefused()
    {
        std::string ignored;
        sph_http_request request{};
        request.size = 16;
        const sph_http_sink sink{&ignored, &SpokeHostTest::keep};

        CPPUNIT_ASSERT_EQUAL(SPH_BUG + 0, table().http(self(), &request, &sink));
        CPPUNIT_ASSERT(transport->calls.empty());
    }

private:
    const sph_crypto& crypto() const
    {
        return *static_cast<const sph_crypto*>(table().extension(self(), text(SPH_CRYPTO)));
    }
    const sph_oauth& oauth() const
    {
        return *static_cast<const sph_oauth*>(table().extension(self(), text(SPH_OAUTH)));
    }
    void withGrant()
    {
        host.emplace(SpokeHostParts{
            "corner",
            *clock,
            *transport,
            *values,
            {},
            nullptr,
            {{"app", "https://auth.example/token", {{"grant_type", "client_credentials"}}, {}}}});
        host->begin({clock->now() + 10s, {}});
        transport->reply.status = 200;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SpokeHostTest);
