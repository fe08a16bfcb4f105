#include "core/Json.h"

#include <cppunit/extensions/HelperMacros.h>

#include <limits>
#include <vector>

using namespace spokehub;

class JsonTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JsonTest);
    CPPUNIT_TEST(membersAreReadAndAbsentOnesGiveNothing);
    CPPUNIT_TEST(integersNeverPassThroughFloatingPoint);
    CPPUNIT_TEST(valuesAskedForWhatTheyAreNotGiveNothing);
    CPPUNIT_TEST(arraysAndObjectsAreWalkedInTheirOrder);
    CPPUNIT_TEST(documentsLiveOnAfterAnotherIsParsedAndWhenMoved);
    CPPUNIT_TEST(brokenTextIsRefusedWithAReason);
    CPPUNIT_TEST(nestingBeyondTheLimitIsRefused);
    CPPUNIT_TEST(whatIsWrittenIsReadBack);
    CPPUNIT_TEST(writingEscapesWhatJsonForbids);
    CPPUNIT_TEST(whatMustBeEscapedIsSeenWhereverItStands);
    CPPUNIT_TEST(commasStandWhereTheyBelong);
    CPPUNIT_TEST_SUITE_END();

public:
    static JsonDocument parse(std::string_view text)
    {
        std::string why;
        auto document = JsonDocument::parse(text, &why);
        CPPUNIT_ASSERT_MESSAGE(std::string(text) + ": " + why, document.has_value());
        return std::move(*document);
    }

    void membersAreReadAndAbsentOnesGiveNothing()
    {
        const JsonDocument document =
            parse(R"({"name": "Größe", "count": 7, "open": true, "none": null, "in": {"x": 1}})");
        const Json root = document.root();

        CPPUNIT_ASSERT_EQUAL(std::string("Größe"), std::string(root.textOr("name")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, root.integerOr("count"));
        CPPUNIT_ASSERT(root.boolOr("open"));
        CPPUNIT_ASSERT(root["none"] && root["none"].isNull());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, root["in"].integerOr("x"));
        CPPUNIT_ASSERT(!root["absent"]);
        CPPUNIT_ASSERT(!root["absent"]["deeper"]);
        CPPUNIT_ASSERT_EQUAL(std::string("else"), std::string(root.textOr("absent", "else")));
    }

    void integersNeverPassThroughFloatingPoint()
    {
        const JsonDocument document = parse("[9223372036854775807, -9223372036854775808, "
                                            "9007199254740993, 9223372036854775808, 1.0]");
        std::vector<std::optional<std::int64_t>> numbers;
        document.root().each([&](Json value) {
            numbers.push_back(value.integer());
            return true;
        });

        CPPUNIT_ASSERT(numbers.at(0) == std::numeric_limits<std::int64_t>::max());
        CPPUNIT_ASSERT(numbers.at(1) == std::numeric_limits<std::int64_t>::min());
        CPPUNIT_ASSERT(numbers.at(2) == 9007199254740993);
        CPPUNIT_ASSERT(!numbers.at(3) && !numbers.at(4));
    }

    void valuesAskedForWhatTheyAreNotGiveNothing()
    {
        const JsonDocument document = parse(R"({"text": "7", "number": 7, "list": []})");
        const Json root = document.root();

        CPPUNIT_ASSERT(!root["text"].integer() && !root["number"].text() &&
                       !root["list"].boolean());
        CPPUNIT_ASSERT(!root["number"]["x"] && !root["list"]["x"] && !root.isArray() &&
                       root.isObject());
        root["text"].each([](Json) -> bool {
            CPPUNIT_FAIL("walked a text");
            return false;
        });
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, root["text"].size());
        CPPUNIT_ASSERT_EQUAL(std::string("null"), root["absent"].dump());
    }

    void arraysAndObjectsAreWalkedInTheirOrder()
    {
        const JsonDocument document = parse(R"({"b": [3, 1, 2], "a": {"z": 1, "y": 2}})");
        std::string walked;
        document.root().eachMember([&](std::string_view key, Json value) {
            walked += std::string(key) + std::to_string(value.size());
            return true;
        });
        int seen = 0;
        document.root()["b"].each([&](Json) { return ++seen < 2; });

        CPPUNIT_ASSERT_EQUAL(std::string("b3a2"), walked);
        CPPUNIT_ASSERT_EQUAL(2, seen);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"z":1,"y":2})"), document.root()["a"].dump());
    }

    void documentsLiveOnAfterAnotherIsParsedAndWhenMoved()
    {
        JsonDocument first = parse(R"({"name": "first"})");
        const Json inside = first.root()["name"];
        const JsonDocument second = parse(R"({"name": "second", "more": [1, 2, 3]})");
        const JsonDocument moved = std::move(first);

        CPPUNIT_ASSERT_EQUAL(std::string("first"), std::string(moved.root().textOr("name")));
        CPPUNIT_ASSERT_EQUAL(std::string("first"), std::string(inside.text().value()));
        CPPUNIT_ASSERT_EQUAL(std::string("second"), std::string(second.root().textOr("name")));
    }

    void brokenTextIsRefusedWithAReason()
    {
        using namespace std::string_view_literals;
        for (const std::string_view text :
             {""sv, " "sv, "{"sv, "{} x"sv, "[1,]"sv, "{'a':1}"sv, "{\"a\":\"\xff\"}"sv,
              "\"\\ud800\""sv, "NaN"sv, "[01]"sv, "\"a\nb\""sv, "{\"a\":1}\0"sv})
        {
            std::string why;
            CPPUNIT_ASSERT_MESSAGE(std::string(text), !JsonDocument::parse(text, &why));
            CPPUNIT_ASSERT_MESSAGE(std::string(text), !why.empty());
        }
    }

    void nestingBeyondTheLimitIsRefused()
    {
        const auto nested = [](std::size_t depth) {
            return std::string(depth, '[') + std::string(depth, ']');
        };

        CPPUNIT_ASSERT(JsonDocument::parse(nested(60)));
        CPPUNIT_ASSERT(!JsonDocument::parse(nested(65)));
        CPPUNIT_ASSERT(!JsonDocument::parse(nested(200'000)));
        CPPUNIT_ASSERT(JsonDocument::parse(nested(60)));
    }

    void whatIsWrittenIsReadBack()
    {
        JsonWriter writer;
        writer.beginObject()
            .member("text", "a \"b\" \\ \n \x01 日本")
            .member("number", std::numeric_limits<std::int64_t>::min());
        writer.member("maybe", std::optional<std::int64_t>())
            .key("list")
            .beginArray()
            .value(true)
            .value(2)
            .endArray()
            .endObject();

        const JsonDocument document = parse(writer.text());

        CPPUNIT_ASSERT_EQUAL(std::string("a \"b\" \\ \n \x01 日本"),
                             std::string(document.root().textOr("text")));
        CPPUNIT_ASSERT_EQUAL(std::numeric_limits<std::int64_t>::min(),
                             document.root().integerOr("number"));
        CPPUNIT_ASSERT(document.root()["maybe"].isNull());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, document.root()["list"].size());
        CPPUNIT_ASSERT_EQUAL(writer.text(), document.root().dump());
    }

    void writingEscapesWhatJsonForbids()
    {
        JsonWriter writer;
        writer.value(std::string_view("\"\\\n\t\r\0\x1f/", 8));

        CPPUNIT_ASSERT_EQUAL(std::string(R"("\"\\\n\t\r\u0000\u001f/")"), writer.text());
    }

    void whatMustBeEscapedIsSeenWhereverItStands()
    {
        for (int byte = 0; byte < 128; ++byte)
            for (std::size_t at = 0; at < 20; ++at) {
                std::string text(20, 'x');
                text[at] = static_cast<char>(byte);
                JsonWriter writer;
                writer.value(text);

                const bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
                CPPUNIT_ASSERT_EQUAL(plain, writer.text() == '"' + text + '"');
                const std::string array = "[" + writer.text() + "]";
                const JsonDocument document = parse(array);
                document.root().each([&](Json value) {
                    CPPUNIT_ASSERT_EQUAL(text, std::string(value.text().value()));
                    return true;
                });
            }
    }

    void commasStandWhereTheyBelong()
    {
        JsonWriter writer;
        writer.beginArray()
            .beginObject()
            .endObject()
            .beginObject()
            .member("a", 1)
            .key("b")
            .beginArray()
            .endArray();
        writer.member("c", false).endObject().null().raw("[1]").value("x").endArray();

        CPPUNIT_ASSERT_EQUAL(std::string(R"([{},{"a":1,"b":[],"c":false},null,[1],"x"])"),
                             writer.text());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonTest);
