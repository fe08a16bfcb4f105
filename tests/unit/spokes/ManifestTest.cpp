#include "spokes/Manifest.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::spokes;

class ManifestTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ManifestTest);
    CPPUNIT_TEST(everyMemberIsRead);
    CPPUNIT_TEST(whatIsWrongIsNamed);
    CPPUNIT_TEST(aCarrierHasShipmentsAndNothingElse);
    CPPUNIT_TEST(grantsNameOnlyWhatIsDeclared);
    CPPUNIT_TEST(membersThatNobodyKnowsAreLeftAlone);
    CPPUNIT_TEST(goodSettingsHaveNoMistakes);
    CPPUNIT_TEST(everyMistakeIsToldAtOnce);
    CPPUNIT_TEST(anUnknownSettingIsToldTheNearestOne);
    CPPUNIT_TEST(settingsThatAreNoMapAreRefused);
    CPPUNIT_TEST(secretsAreCheckedToo);
    CPPUNIT_TEST(defaultsAreFilledIn);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* text =
        R"({"name": "shop", "version": "2.1.0", "title": "Shop", "kind": "sales_channel",
        "verbs": ["accept", "push"], "streams": ["orders"], "push": ["stock"], "quantity": "on_hand",
        "settings": {"type": "object", "required": ["shop"], "properties": {
            "shop": {"type": "string", "pattern": "^[a-z]+\\.example$", "description": "the shop's domain"},
            "mode": {"type": "string", "enum": ["fast", "slow"], "default": "fast"},
            "pages": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
            "strict": {"type": "boolean"},
            "places": {"type": "array", "items": {"type": "string"}, "default": ["a"]}}},
        "secrets": {"token": {"required": true, "description": "from the shop's page"}, "old": {"list": true}},
        "hosts": ["*.shop.example"], "topics": ["orders/create"], "api_version": "3",
        "rate": {"capacity": 100, "restore_per_second": 5, "cost": 2, "batch_max": 20, "concurrency": 1}, "new": 1})";

    static Manifest manifest()
    {
        std::string why;
        auto parsed = Manifest::parse(text, why);
        CPPUNIT_ASSERT_EQUAL(std::string(), why);
        return *parsed;
    }

    static std::string whyNot(const std::string& json)
    {
        std::string why;
        CPPUNIT_ASSERT(!Manifest::parse(json, why));
        return why;
    }

    static std::string lines(const std::vector<Mistake>& mistakes)
    {
        std::string all;
        for (const auto& mistake : mistakes)
            all += mistake.path + ": " + mistake.message + "; " + mistake.remedy + "\n";
        return all;
    }

    static std::string check(const std::string& settings)
    {
        return lines(checkSettings(manifest(), JsonDocument::parse(settings)->root()));
    }

public:
    void everyMemberIsRead()
    {
        const auto read = manifest();

        CPPUNIT_ASSERT_EQUAL(std::string("shop"), read.name);
        CPPUNIT_ASSERT_EQUAL(std::string("2.1.0"), read.version);
        CPPUNIT_ASSERT(read.has("push") && !read.has("pull"));
        CPPUNIT_ASSERT(read.streams == std::vector<std::string>{"orders"});
        CPPUNIT_ASSERT(read.pushes == std::vector<std::string>{"stock"});
        CPPUNIT_ASSERT_EQUAL(std::string("on_hand"), read.quantity);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, read.settings.size());
        CPPUNIT_ASSERT(read.settings[0].required && !read.settings[1].required);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50}, *read.settings[2].maximum);
        CPPUNIT_ASSERT(read.secrets[0].required && read.secrets[1].list);
        CPPUNIT_ASSERT(read.hosts == std::vector<std::string>{"*.shop.example"});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, read.rate.restorePerSecond);
        CPPUNIT_ASSERT_EQUAL(std::string(text), read.json);
    }

    void whatIsWrongIsNamed()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("it is not a JSON object"), whyNot("[]"));
        CPPUNIT_ASSERT_EQUAL(std::string("'name' is missing"), whyNot("{}"));
        CPPUNIT_ASSERT_EQUAL(std::string("'version' is missing"), whyNot(R"({"name": "a"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("'verbs' is missing"),
                             whyNot(R"({"name": "a", "version": "1"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("'verbs' names the unknown 'fly'"),
                             whyNot(R"({"name": "a", "version": "1", "verbs": ["fly"]})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("settings: 'x' has a pattern that is not a regular expression"),
            whyNot(
                R"({"name": "a", "version": "1", "verbs": [], "settings": {"properties": {"x": {"type": "string", "pattern": "("}}}})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("settings: 'required' names the unknown 'y'"),
            whyNot(
                R"({"name": "a", "version": "1", "verbs": [], "settings": {"properties": {}, "required": ["y"]}})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("'cost' must be an integer of 1 or more"),
            whyNot(R"({"name": "a", "version": "1", "verbs": [], "rate": {"cost": 0}})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("'kind' must be sales_channel or carrier"),
            whyNot(R"({"name": "a", "version": "1", "verbs": [], "kind": "shop"})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("'api_version_until' must be a day, such as 2027-07-01"),
            whyNot(
                R"({"name": "a", "version": "1", "verbs": [], "api_version_until": "next year"})"));
    }

    void aCarrierHasShipmentsAndNothingElse()
    {
        const auto carrier = [](const std::string& more) {
            return R"({"name": "a", "version": "1", "verbs": [], "kind": "carrier", )" + more + "}";
        };
        std::string why;

        CPPUNIT_ASSERT(Manifest::parse(
            carrier(R"("streams": ["shipments", "keys"], "push": ["shipment"])"), why));
        CPPUNIT_ASSERT_EQUAL(std::string("a carrier has no stream 'orders', only shipments"),
                             whyNot(carrier(R"("streams": ["orders"])")));
        CPPUNIT_ASSERT_EQUAL(std::string("a carrier takes no push of 'stock', only shipment"),
                             whyNot(carrier(R"("push": ["stock"])")));
    }

    void grantsNameOnlyWhatIsDeclared()
    {
        const auto grant = [](const std::string& url, const std::string& form) {
            return R"({"name": "a", "version": "1", "verbs": [], "secrets": {"id": {}, "key": {}},
                "settings": {"properties": {"dc": {"type": "string"}}},
                "oauth": {"app": {"token_url": ")" +
                   url + R"(", "form": )" + form + "}}}";
        };
        std::string why;

        const auto good = Manifest::parse(
            grant("https://a.${setting:dc}/t", R"({"x": "${secret:id}", "y": "${basic:id:key}"})"),
            why);
        CPPUNIT_ASSERT_EQUAL(std::string(), why);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, good->oauth.at(0).form.size());
        for (const char* wrong : {"${secret:other}", "${setting:id}", "${basic:id:other}",
                                  "${basic:id}", "${oauth:app}"})
            CPPUNIT_ASSERT_EQUAL(
                "oauth: 'app' form names the unknown '" + std::string(wrong) + "'",
                whyNot(grant("https://a/t", R"({"x": ")" + std::string(wrong) + R"("})")));
        CPPUNIT_ASSERT_EQUAL(std::string("oauth: 'app' must have a token_url"),
                             whyNot(grant("", R"({"x": "y"})")));
        CPPUNIT_ASSERT_EQUAL(std::string("oauth: 'app' must have a form"),
                             whyNot(grant("https://a/t", "{}")));
        CPPUNIT_ASSERT_EQUAL(std::string("oauth: 'app' form must be an object of texts"),
                             whyNot(grant("https://a/t", R"({"x": 1})")));
    }

    void membersThatNobodyKnowsAreLeftAlone()
    {
        std::string why;

        CPPUNIT_ASSERT(Manifest::parse(
            R"({"name": "a", "version": "1", "verbs": [], "later": {"x": [1]}})", why));
    }

    void goodSettingsHaveNoMistakes()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             check(R"({"shop": "corner.example", "mode": "slow", "pages": 50,
                                                      "strict": true, "places": ["a", "b"]})"));
    }

    void everyMistakeIsToldAtOnce()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("settings.mode: 'fats' is none of the choices; did you mean 'fast'?\n"
                        "settings.pages: 51 is too large; the most is 50\n"
                        "settings.strict: must be true or false; correct the value\n"
                        "settings.places: must be a list of texts; correct the value\n"
                        "settings.shop: is missing; add it: the shop's domain\n"),
            check(R"({"mode": "fats", "pages": 51, "strict": "yes", "places": ["a", 1]})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("settings.shop: 'Corner' does not have the form ^[a-z]+\\.example$; it is: "
                        "the shop's domain\n"
                        "settings.pages: 0 is too small; the least is 1\n"),
            check(R"({"shop": "Corner", "pages": 0})"));
        CPPUNIT_ASSERT_EQUAL(std::string("settings.shop: must be text; put it into quotes\n"),
                             check(R"({"shop": 7})"));
    }

    void anUnknownSettingIsToldTheNearestOne()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("settings.plces: the spoke 'shop' has no such setting; did you mean "
                        "'places'?\n"),
            check(R"({"shop": "a.example", "plces": []})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("settings.webhook: the spoke 'shop' has no such setting; known are: shop, "
                        "mode, pages, strict, places\n"),
            check(R"({"shop": "a.example", "webhook": 1})"));
    }

    void settingsThatAreNoMapAreRefused()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "settings: must be a map of names and values; write 'settings: {name: value}'\n"),
            check("[1]"));
    }

    void secretsAreCheckedToo()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             lines(checkSecrets(manifest(), {{"token", 1}, {"old", 2}})));
        CPPUNIT_ASSERT_EQUAL(
            std::string("secrets.tokn: the spoke 'shop' has no such secret; did you mean 'token'?\n"
                        "secrets.token: is missing; add it as env:NAME or file:PATH: from the "
                        "shop's page\n"),
            lines(checkSecrets(manifest(), {{"tokn", 1}})));
        CPPUNIT_ASSERT_EQUAL(
            std::string("secrets.token: takes one value, not a list; keep the newest value only\n"),
            lines(checkSecrets(manifest(), {{"token", 2}})));
    }

    void defaultsAreFilledIn()
    {
        const auto given = JsonDocument::parse(R"({"pages": 3, "shop": "a.example"})");

        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"shop":"a.example","mode":"fast","pages":3,"places":["a"]})"),
            withDefaults(manifest(), given->root()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ManifestTest);
