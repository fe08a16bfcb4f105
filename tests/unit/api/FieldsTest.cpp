#include "api/Fields.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::api;

class FieldsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FieldsTest);
    CPPUNIT_TEST(whatIsThereIsRead);
    CPPUNIT_TEST(allMistakesAreNamedAtOnce);
    CPPUNIT_TEST(mistakesInAListNameTheirPlace);
    CPPUNIT_TEST(nullCountsAsNotGiven);
    CPPUNIT_TEST(whatNobodyAskedForIsRefusedUnlessItMayBeThere);
    CPPUNIT_TEST_SUITE_END();

    static JsonDocument parse(std::string_view text) { return JsonDocument::parse(text).value(); }

    static std::string mistakesOf(const std::function<void()>& finish)
    {
        try {
            finish();
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.refusal() == Refusal::BadRequest);
            std::string mistakes;
            for (const FieldError& field : error.fields())
                mistakes += field.field + " " + field.reason + "\n";
            return mistakes;
        }
        return {};
    }

public:
    void whatIsThereIsRead()
    {
        const auto document = parse(
            R"({"sku": "LEG-S", "quantity": 9007199254740993, "push": true, "variant_id": "var_0000000000001"})");
        Fields fields(document.root());

        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), fields.text("sku", 1, 100));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9007199254740993},
                             fields.integer("quantity", 1, INT64_MAX));
        CPPUNIT_ASSERT(fields.boolean("push", false));
        CPPUNIT_ASSERT_EQUAL(Id{1}, fields.id("variant_id", "var"));
        CPPUNIT_ASSERT_EQUAL(std::string(), fields.text("title", 0, 100));
        CPPUNIT_ASSERT(!fields.maybeInteger("cost", 0, 1));
        fields.finish("variant");
    }

    void allMistakesAreNamedAtOnce()
    {
        const auto document = parse(
            R"({"sku": 7, "quantity": 1.5, "price": "12.345", "cost": -1, "push": "yes", "id": "x", "bell": "\u0007"})");
        Fields fields(document.root());
        fields.text("sku", 1, 100);
        fields.integer("quantity", 1, 9);
        fields.integer("price", 0, 9);
        fields.integer("cost", 0, 9);
        fields.integer("weight", 0, 9);
        fields.text("name", 1, 9);
        fields.boolean("push", true);
        fields.id("id", "var");
        fields.text("bell", 0, 9);

        CPPUNIT_ASSERT_EQUAL(std::string("sku is not text\n"
                                         "quantity is not a whole number\n"
                                         "price is not a whole number\n"
                                         "cost is -1, allowed are 0 to 9\n"
                                         "weight is missing\n"
                                         "name is missing\n"
                                         "push is neither true nor false\n"
                                         "id is not an id such as var_0000000000001\n"
                                         "bell has a control character at place 1\n"),
                             mistakesOf([&] { fields.finish("variant"); }));
    }

    void mistakesInAListNameTheirPlace()
    {
        const auto document =
            parse(R"({"lines": [{"quantity": 1}, {"quantity": 0, "qty": 1}, 7], "more": {}})");
        Fields fields(document.root());
        int seen = 0;
        fields.each("lines", 10, [&](Fields& line) {
            line.integer("quantity", 1, 9);
            ++seen;
        });
        fields.each("more", 10, [](Fields&) {});

        CPPUNIT_ASSERT_EQUAL(std::string("lines[1].quantity is 0, allowed are 1 to 9\n"
                                         "lines[1].qty is not known here\n"
                                         "lines[2] is not an object\n"
                                         "more is not a list\n"),
                             mistakesOf([&] { fields.finish("shipment"); }));
        CPPUNIT_ASSERT_EQUAL(2, seen);
    }

    void nullCountsAsNotGiven()
    {
        const auto document = parse(R"({"sku": null, "note": null})");
        Fields fields(document.root());
        fields.text("sku", 1, 9);
        fields.text("note", 0, 9);

        CPPUNIT_ASSERT_EQUAL(std::string("sku is missing\n"),
                             mistakesOf([&] { fields.finish("variant"); }));
    }

    void whatNobodyAskedForIsRefusedUnlessItMayBeThere()
    {
        const auto document = parse(R"({"sku": "A", "expires": 3})");
        Fields strict(document.root());
        strict.text("sku", 1, 9);
        Fields lenient(document.root());
        lenient.text("sku", 1, 9);

        CPPUNIT_ASSERT_EQUAL(std::string("expires is not known here\n"),
                             mistakesOf([&] { strict.finish("reservation"); }));
        lenient.finishLeniently("reservation");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FieldsTest);
