#include "spokes/AddressRules.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>

#include <arpa/inet.h>

using namespace spokehub::spokes;

class AddressRulesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AddressRulesTest);
    CPPUNIT_TEST(anAddressIsTakenApart);
    CPPUNIT_TEST(whatIsNotAPlainAddressIsRefused);
    CPPUNIT_TEST(theManifestsHostsAreReachedByHttpsAlone);
    CPPUNIT_TEST(aPatternCoversNamesBelowItAndNoOthers);
    CPPUNIT_TEST(theOperatorsAddressIsReachedAnywhereButOnItsOriginOnly);
    CPPUNIT_TEST(privateNetworksAreNotPublic);
    CPPUNIT_TEST(theInternetIsPublic);
    CPPUNIT_TEST_SUITE_END();

    static bool publicAddress(const char* text)
    {
        std::array<std::uint8_t, 16> bytes{};
        if (inet_pton(AF_INET, text, bytes.data()) == 1)
            return isPublic(std::span(bytes).first(4));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 1, inet_pton(AF_INET6, text, bytes.data()));
        return isPublic(bytes);
    }

    static Reach reach(const HttpRules& rules, const char* url)
    {
        return reachOf(rules, *parseUrl(url));
    }

public:
    void anAddressIsTakenApart()
    {
        const auto plain = parseUrl("https://Shop.example/a/b?c=d%20e");
        CPPUNIT_ASSERT(plain->tls);
        CPPUNIT_ASSERT_EQUAL(std::string("shop.example"), plain->host);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{443}, plain->port);
        CPPUNIT_ASSERT_EQUAL(std::string("/a/b?c=d%20e"), plain->target);
        CPPUNIT_ASSERT_EQUAL(std::string("shop.example"), plain->authority());

        const auto local = parseUrl("http://127.0.0.1:9001");
        CPPUNIT_ASSERT(!local->tls);
        CPPUNIT_ASSERT_EQUAL(std::string("/"), local->target);
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:9001"), local->authority());

        const auto six = parseUrl("http://[::1]:80?q");
        CPPUNIT_ASSERT_EQUAL(std::string("::1"), six->host);
        CPPUNIT_ASSERT_EQUAL(std::string("/?q"), six->target);
        CPPUNIT_ASSERT_EQUAL(std::string("[::1]"), six->authority());
    }

    void whatIsNotAPlainAddressIsRefused()
    {
        for (const char* text :
             {"", "shop.example", "ftp://shop.example/", "https://", "https:///a",
              "https://user:pass@shop.example/", "https://shop.example:0/",
              "https://shop.example:70000/", "https://shop.example:8a/", "https://shop.example/a b",
              "https://shop.example/\r\nX: y", "https://shop.example/#part",
              "https://shop.example:/", "https://[::1/", "https://sh\xc3\xb6p.example/"})
            CPPUNIT_ASSERT_MESSAGE(text, !parseUrl(text));
    }

    void theManifestsHostsAreReachedByHttpsAlone()
    {
        const HttpRules rules{{"api.shop.example"}, {}, {}};

        CPPUNIT_ASSERT(reach(rules, "https://api.shop.example/x") == Reach::PublicOnly);
        CPPUNIT_ASSERT(reach(rules, "https://API.shop.example:443/x") == Reach::PublicOnly);
        CPPUNIT_ASSERT(reach(rules, "http://api.shop.example/x") == Reach::Refused);
        CPPUNIT_ASSERT(reach(rules, "https://api.shop.example:8443/x") == Reach::Refused);
        CPPUNIT_ASSERT(reach(rules, "https://shop.example/x") == Reach::Refused);
    }

    void aPatternCoversNamesBelowItAndNoOthers()
    {
        const HttpRules rules{{"*.shop.example"}, {}, {}};

        CPPUNIT_ASSERT(reach(rules, "https://a.shop.example/") == Reach::PublicOnly);
        CPPUNIT_ASSERT(reach(rules, "https://a.b.shop.example/") == Reach::PublicOnly);
        CPPUNIT_ASSERT(reach(rules, "https://shop.example/") == Reach::Refused);
        CPPUNIT_ASSERT(reach(rules, "https://myshop.example/") == Reach::Refused);
        CPPUNIT_ASSERT(reach(rules, "https://a.shop.example.evil.example/") == Reach::Refused);
    }

    void theOperatorsAddressIsReachedAnywhereButOnItsOriginOnly()
    {
        const HttpRules rules{{}, "http://127.0.0.1:9001/shop", {}};

        CPPUNIT_ASSERT(reach(rules, "http://127.0.0.1:9001/other") == Reach::Anywhere);
        CPPUNIT_ASSERT(reach(rules, "http://127.0.0.1:9002/shop") == Reach::Refused);
        CPPUNIT_ASSERT(reach(rules, "https://127.0.0.1:9001/shop") == Reach::Refused);
        CPPUNIT_ASSERT(reach(rules, "http://localhost:9001/shop") == Reach::Refused);
    }

    void privateNetworksAreNotPublic()
    {
        for (const char* text : {"0.0.0.0",
                                 "10.1.2.3",
                                 "100.64.0.1",
                                 "100.127.255.255",
                                 "127.0.0.1",
                                 "169.254.169.254",
                                 "172.16.0.1",
                                 "172.31.255.255",
                                 "192.168.1.1",
                                 "198.18.0.1",
                                 "224.0.0.1",
                                 "255.255.255.255",
                                 "::",
                                 "::1",
                                 "fe80::1",
                                 "fc00::1",
                                 "fd12::1",
                                 "ff02::1",
                                 "::ffff:127.0.0.1",
                                 "::ffff:8.8.8.8",
                                 "64:ff9b::7f00:1",
                                 "2002:7f00:1::",
                                 "2001::1",
                                 "2001:db8::1"})
            CPPUNIT_ASSERT_MESSAGE(text, !publicAddress(text));
    }

    void theInternetIsPublic()
    {
        for (const char* text :
             {"1.1.1.1", "100.128.0.1", "172.32.0.1", "192.169.0.1", "223.255.255.255",
              "2606:4700::1", "64:ff9b::101:101", "2002:101:101::"})
            CPPUNIT_ASSERT_MESSAGE(text, publicAddress(text));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AddressRulesTest);
