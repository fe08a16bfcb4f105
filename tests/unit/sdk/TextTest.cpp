#include "core/Money.h"

namespace
{

// Named before the SDK is seen, whose function of the same name would make every call ambiguous.
constexpr auto minorAsTheHub = &spokehub::minorFromDecimal;

} // namespace

#include "spokehub/Text.h"

#include "core/Clock.h"
#include "core/Json.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace sdk = spokehub::sdk;

class TextTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TextTest);
    CPPUNIT_TEST(jsonTextIsCompactAndEscaped);
    CPPUNIT_TEST(everyByteOfAnAsciiTextComesBackFromJson);
    CPPUNIT_TEST(base64FitsThePublishedVectors);
    CPPUNIT_TEST(base64IsReadStrictly);
    CPPUNIT_TEST(hexGoesBothWays);
    CPPUNIT_TEST(timesBecomeUtc);
    CPPUNIT_TEST(whatIsNoTimeIsRefused);
    CPPUNIT_TEST(timesAreReadAndWrittenAsTheHubDoes);
    CPPUNIT_TEST(httpDatesAreRead);
    CPPUNIT_TEST(moneyIsReadAsTheHubDoes);
    CPPUNIT_TEST_SUITE_END();

public:
    void jsonTextIsCompactAndEscaped()
    {
        std::string text;
        sdk::JsonText json(text);
        json.beginObject()
            .member("a", "q\"b\\n\nt\tr\r\x01")
            .member("n", std::int64_t{-9007199254740993});
        json.member("yes", true)
            .memberOrNull("empty", "")
            .key("list")
            .beginArray()
            .value(1)
            .beginObject();
        json.endObject().endArray().member("none", std::optional<std::int64_t>()).endObject();

        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"a\":\"q\\\"b\\\\n\\nt\\tr\\r\\u0001\",\"n\":-9007199254740993,"
                        "\"yes\":true,\"empty\":null,\"list\":[1,{}],\"none\":null}"),
            text);
    }

    void everyByteOfAnAsciiTextComesBackFromJson()
    {
        std::string all;
        for (char c = 0; c < 0x7f; ++c)
            all += c;
        std::string text;
        sdk::JsonText(text).value(all);

        CPPUNIT_ASSERT_EQUAL(all, std::string(*spokehub::JsonDocument::parse(text)->root().text()));
    }

    void base64FitsThePublishedVectors() // RFC 4648
    {
        const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"}};
        for (const auto& [bytes, text] : vectors) {
            CPPUNIT_ASSERT_EQUAL(std::string(text), sdk::toBase64(bytes));
            CPPUNIT_ASSERT_EQUAL(std::string(bytes), *sdk::fromBase64(text));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("+/8A"), sdk::toBase64(std::string("\xfb\xff\0", 3)));
    }

    void base64IsReadStrictly()
    {
        for (const char* text :
             {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zm-v", "Zg==Zg=="})
            CPPUNIT_ASSERT_MESSAGE(text, !sdk::fromBase64(text));
    }

    void hexGoesBothWays()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("00ff1a"), sdk::toHex(std::string("\0\xff\x1a", 3)));
        CPPUNIT_ASSERT_EQUAL(std::string("\xff\x1a"), *sdk::fromHex("fF1A"));
        CPPUNIT_ASSERT(!sdk::fromHex("f"));
        CPPUNIT_ASSERT(!sdk::fromHex("fg"));
    }

    void timesBecomeUtc()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T15:15:00Z"),
                             *sdk::isoUtc("2026-11-20T10:15:00-05:00"));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-12-31T23:30:00Z"),
                             *sdk::isoUtc("2027-01-01T05:00:00+0530"));
        CPPUNIT_ASSERT_EQUAL(std::string("2024-02-29T00:00:00.500000Z"),
                             *sdk::isoUtc("2024-02-29T00:00:00.5Z"));
        CPPUNIT_ASSERT_EQUAL(std::string("1969-12-31T23:59:59.999999Z"), sdk::isoFromMicros(-1));
    }

    void whatIsNoTimeIsRefused()
    {
        for (const char* text :
             {"", "2026-11-20", "2026-11-20T10:15:00", "2026-02-29T00:00:00Z",
              "2026-13-01T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T10:15:00.Z",
              "2026-11-20T10:15:00+5", "2026-11-20T10:15:00+24:00", "2026-11-20T10:15:00Z "})
            CPPUNIT_ASSERT_MESSAGE(text, !sdk::isoUtc(text));
    }

    void timesAreReadAndWrittenAsTheHubDoes()
    {
        for (std::int64_t micros = -62'000'000'000'000'000; micros < 250'000'000'000'000'000;
             micros += 12'345'678'901'234)
        {
            const auto iso = spokehub::toIso({micros});
            CPPUNIT_ASSERT_EQUAL(iso, sdk::isoFromMicros(micros));
            CPPUNIT_ASSERT_EQUAL(micros, *sdk::microsFromIso(iso));
        }
    }

    void httpDatesAreRead()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{784'111'777'000'000},
                             *sdk::microsFromHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"));
        for (const char* text :
             {"", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nox 1994 08:49:37 GMT",
              "Sun, 31 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"})
            CPPUNIT_ASSERT_MESSAGE(text, !sdk::microsFromHttpDate(text));
    }

    void moneyIsReadAsTheHubDoes()
    {
        for (const char* currency : {"USD", "JPY", "KWD", "XPF", "EUR", "", " BI", "XX"})
            for (const char* text : {"65.00", "65", "-1.5", "0.001", "12.345", "12.340", "1.", ".5",
                                     "", "-", "1e3", "+1", "92233720368547758.07",
                                     "92233720368547758.08", "9223372036854775807", "1,000"})
                CPPUNIT_ASSERT_MESSAGE(std::string(text) + currency,
                                       minorAsTheHub(text, currency) ==
                                           sdk::minorFromDecimal(text, currency));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6500}, *sdk::minorFromDecimal("65.00", "USD"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TextTest);
