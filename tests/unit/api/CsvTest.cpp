#include "api/Csv.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;

class CsvTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CsvTest);
    CPPUNIT_TEST(aListIsALineOfNamesAndALineForEachRow);
    CPPUNIT_TEST(whatHoldsACommaAQuoteOrALineIsQuoted);
    CPPUNIT_TEST(aTextThatASpreadsheetWouldRunIsMadeHarmless);
    CPPUNIT_TEST(whatWasMadeHarmlessIsReadAsItWas);
    CPPUNIT_TEST(textsOfAllLanguagesStayAsTheyAre);
    CPPUNIT_TEST(whoNamesJsonBeforeItGetsJson);
    CPPUNIT_TEST(anEmptyListHasNoLines);
    CPPUNIT_TEST(theNextPageIsToldInAHeader);
    CPPUNIT_TEST_SUITE_END();

public:
    void aListIsALineOfNamesAndALineForEachRow()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "sku,quantity,removed,parts,at\r\nA,-1,false,\"[1,2]\",\r\nB,2,true,[],x\r\n"),
            api::csvOf(
                R"({"data":[{"sku":"A","quantity":-1,"removed":false,"parts":[1,2],"at":null},)"
                R"({"sku":"B","quantity":2,"removed":true,"parts":[],"at":"x"}]})"));
    }

    void whatHoldsACommaAQuoteOrALineIsQuoted()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a\r\n\"x,\"\"y\"\"\nz\"\r\n"),
                             api::csvOf(R"({"data":[{"a":"x,\"y\"\nz"}]})"));
    }

    void aTextThatASpreadsheetWouldRunIsMadeHarmless()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a,b\r\n\"'=1+1\",\"'@x\"\r\n"),
                             api::csvOf(R"({"data":[{"a":"=1+1","b":"@x"}]})"));
        for (const std::string text : {"+49 30", "-cmd|' /C calc'!A0", "\\t=1", "\\r=1", "\\n=1"})
            CPPUNIT_ASSERT_MESSAGE(
                text, api::csvOf(R"({"data":[{"a":")" + text + R"("}]})").starts_with("a\r\n\"'"));
        CPPUNIT_ASSERT_EQUAL(std::string("a\r\n-5\r\n"), api::csvOf(R"({"data":[{"a":-5}]})"));
    }

    void whatWasMadeHarmlessIsReadAsItWas()
    {
        for (const std::string_view text : {"=1+1", "+49", "plain", "", "it's"})
            CPPUNIT_ASSERT_EQUAL(text, api::csvText(text));
        CPPUNIT_ASSERT_EQUAL(std::string_view("=1+1"), api::csvText("'=1+1"));
        CPPUNIT_ASSERT_EQUAL(std::string_view("'quoted'"), api::csvText("'quoted'"));
    }

    void textsOfAllLanguagesStayAsTheyAre()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a\r\nGröße 42 – 日本語 🎉\r\n"),
                             api::csvOf("{\"data\":[{\"a\":\"Größe 42 – 日本語 🎉\"}]}"));
    }

    void whoNamesJsonBeforeItGetsJson()
    {
        const auto wants = [](const std::string& accept) {
            http::Request request;
            request.headers = {{"Accept", accept}};
            return api::wantsCsv(request);
        };
        CPPUNIT_ASSERT(wants("text/csv"));
        CPPUNIT_ASSERT(wants("*/*, text/csv;q=0.9"));
        CPPUNIT_ASSERT(wants("text/csv, application/json"));
        CPPUNIT_ASSERT(!wants("application/json, text/csv"));
        CPPUNIT_ASSERT(!wants("*/*"));
        CPPUNIT_ASSERT(!wants(""));
    }

    void anEmptyListHasNoLines()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), api::csvOf(R"({"data":[],"next_cursor":null})"));
    }

    void theNextPageIsToldInAHeader()
    {
        http::Response list;
        list.body = R"({"data":[{"a":1}],"next_cursor":"6f"})";

        const auto csv = api::csvResponse(list, {"a"});

        CPPUNIT_ASSERT_EQUAL(std::string("X-Next-Cursor"), csv.headers.at(0).name);
        CPPUNIT_ASSERT_EQUAL(std::string("6f"), csv.headers.at(0).value);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CsvTest);
