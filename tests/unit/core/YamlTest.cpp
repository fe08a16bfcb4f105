#include "core/Yaml.h"

#include <cppunit/extensions/HelperMacros.h>

using spokehub::toJson;
using spokehub::Yaml;
using spokehub::YamlError;

class YamlTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(YamlTest);
    CPPUNIT_TEST(everyValueKnowsItsLine);
    CPPUNIT_TEST(quotedScalarsAndCodesStayText);
    CPPUNIT_TEST(anEmptyTextIsNull);
    CPPUNIT_TEST(brokenTextNamesItsLine);
    CPPUNIT_TEST(aSecondDocumentIsRefused);
    CPPUNIT_TEST(aTextThatBeginsNoValueIsRefused);
    CPPUNIT_TEST(aliasesThatGrowWithoutBoundAreRefused);
    CPPUNIT_TEST(deepNestingIsRefused);
    CPPUNIT_TEST_SUITE_END();

    static int lineOfRefusal(const std::string& text)
    {
        try {
            Yaml::parse(text);
        } catch (const YamlError& error) {
            return error.line();
        }
        return 0;
    }

    void everyValueKnowsItsLine()
    {
        const Yaml yaml = Yaml::parse("a: 1\nb:\n  - x\n  - {c: d}\ne:\n");

        CPPUNIT_ASSERT_EQUAL(1, yaml.members.at(0).line);
        CPPUNIT_ASSERT_EQUAL(2, yaml.members.at(1).line);
        CPPUNIT_ASSERT_EQUAL(3, yaml.members.at(1).value.items.at(0).line);
        CPPUNIT_ASSERT_EQUAL(4, yaml.members.at(1).value.items.at(1).members.at(0).line);
        CPPUNIT_ASSERT_EQUAL(5, yaml.members.at(2).value.line);
    }

    void quotedScalarsAndCodesStayText()
    {
        const Yaml yaml = Yaml::parse(
            "{a: 5, b: '5', c: 0815, d: 2026-07, e: 1.10, f: true, g: 'true', h: no, i: ~, "
            "j: [-3, 9223372036854775808], k: 0, l: -0}");

        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"a":5,"b":"5","c":"0815","d":"2026-07","e":"1.10","f":true,)"
                        R"("g":"true","h":"no","i":null,"j":[-3,"9223372036854775808"],)"
                        R"("k":0,"l":0})"),
            toJson(yaml));
    }

    void anEmptyTextIsNull()
    {
        CPPUNIT_ASSERT(Yaml::parse("").kind == Yaml::Kind::Null);
        CPPUNIT_ASSERT(Yaml::parse("# nothing\n").kind == Yaml::Kind::Null);
    }

    void brokenTextNamesItsLine()
    {
        CPPUNIT_ASSERT_EQUAL(2, lineOfRefusal("a: 1\nb: ]\n"));
        CPPUNIT_ASSERT_EQUAL(2, lineOfRefusal("a: 1\n[x]: 2\n"));
    }

    void aSecondDocumentIsRefused() { CPPUNIT_ASSERT_EQUAL(2, lineOfRefusal("a: 1\n---\nb: 2\n")); }

    void aTextThatBeginsNoValueIsRefused()
    {
        for (const char* text : {", a: 1\n", "]", "} a"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 1, lineOfRefusal(text));
    }

    void aliasesThatGrowWithoutBoundAreRefused()
    {
        std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
        for (int i = 1; i < 10; ++i) {
            const std::string before = "*a" + std::to_string(i - 1);
            text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
            for (int j = 0; j < 10; ++j)
                text += (j > 0 ? ", " : "") + before;
            text += "]\n";
        }

        CPPUNIT_ASSERT(lineOfRefusal(text) > 0);
    }

    void deepNestingIsRefused()
    {
        CPPUNIT_ASSERT_EQUAL(1, lineOfRefusal(std::string(100, '[') + std::string(100, ']')));
        CPPUNIT_ASSERT_EQUAL(1, lineOfRefusal(std::string(100'000, '[')));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(YamlTest);
