#include "api/Cors.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace spokehub;

class CorsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CorsTest);
    CPPUNIT_TEST(aKnownOriginMayAskAndReadTheHeaders);
    CPPUNIT_TEST(anotherOriginHearsNothing);
    CPPUNIT_TEST(nobodyAsksWithTheCookieOfASignIn);
    CPPUNIT_TEST_SUITE_END();

    const std::vector<std::string> origins{"https://tool.example"};

    static http::Request request(const std::string& method, const std::string& origin)
    {
        http::Request request;
        request.method = method;
        request.headers = {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}};
        return request;
    }

    static bool has(const std::vector<http::Header>& headers, std::string_view name,
                    std::string_view value)
    {
        return std::ranges::any_of(headers, [&](const http::Header& each) {
            return each.name == name && each.value.find(value) != std::string::npos;
        });
    }

public:
    void aKnownOriginMayAskAndReadTheHeaders()
    {
        const api::Cors cors(origins);
        const auto asked = cors.preflight(request("OPTIONS", "https://tool.example"));

        CPPUNIT_ASSERT_EQUAL(204, asked.value().status);
        CPPUNIT_ASSERT(has(asked->headers, "Access-Control-Allow-Headers", "Idempotency-Key"));
        const auto headers = cors.headersFor(request("GET", "https://tool.example"));
        CPPUNIT_ASSERT(has(headers, "Access-Control-Allow-Origin", "https://tool.example"));
        CPPUNIT_ASSERT(has(headers, "Vary", "Origin"));
        CPPUNIT_ASSERT(has(headers, "Access-Control-Expose-Headers", "ETag"));
    }

    void anotherOriginHearsNothing()
    {
        const api::Cors cors(origins);
        for (const char* origin : {"https://evil.example", "null", "https://tool.example.evil",
                                   "http://tool.example", "https://tool.example/"})
        {
            CPPUNIT_ASSERT_MESSAGE(origin, !cors.preflight(request("OPTIONS", origin)));
            CPPUNIT_ASSERT_MESSAGE(origin, cors.headersFor(request("GET", origin)).empty());
        }
        CPPUNIT_ASSERT(!cors.preflight(request("GET", "https://tool.example")));
    }

    void nobodyAsksWithTheCookieOfASignIn()
    {
        const api::Cors cors(origins);
        const auto asked = cors.preflight(request("OPTIONS", "https://tool.example"));

        CPPUNIT_ASSERT(!has(asked.value().headers, "Access-Control-Allow-Credentials", ""));
        CPPUNIT_ASSERT(!has(asked->headers, "Access-Control-Allow-Headers", "Cookie"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CorsTest);
