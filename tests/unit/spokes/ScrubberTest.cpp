#include "spokes/Scrubber.h"

#include <cppunit/extensions/HelperMacros.h>

#include <nlohmann/json.hpp>

using spokehub::spokes::Scrubber;

class ScrubberTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ScrubberTest);
    CPPUNIT_TEST(peopleAreTakenOutAndTheRestStaysByteForByte);
    CPPUNIT_TEST(aNameIsPersonalOnlyWhereItIsAPersons);
    CPPUNIT_TEST(equalValuesStayEqualWhereverTheyStand);
    CPPUNIT_TEST(everyMailAddressGoes);
    CPPUNIT_TEST(whatIsNamedLikeASecretGoes);
    CPPUNIT_TEST(numbersStayNumbers);
    CPPUNIT_TEST(aPartOfAWordIsNotTouched);
    CPPUNIT_TEST(whatIsNoJsonDoesNoHarm);
    CPPUNIT_TEST(headersThatAuthorizeAreHidden);
    CPPUNIT_TEST_SUITE_END();

    static std::string scrubbed(const std::string& text)
    {
        Scrubber scrubber;
        scrubber.learn(text);
        return scrubber.scrubbed(text);
    }
    static void expect(const std::string& expected, const std::string& text)
    {
        CPPUNIT_ASSERT_EQUAL(expected, scrubbed(text));
    }

    void peopleAreTakenOutAndTheRestStaysByteForByte()
    {
        expect(
            R"({"id": 820982911946154508, "email": "buyer1@example.com", "total": 614.0, "shipping_address": {"first_name": "scrubbed-2", "city": "scrubbed-3", "country_code": "US", "phone": "+15550000004"}})",
            R"({"id": 820982911946154508, "email": "jon@shop.test", "total": 614.0, "shipping_address": {"first_name": "Steve", "city": "Louisville", "country_code": "US", "phone": "555-625-1199"}})");
    }

    void aNameIsPersonalOnlyWhereItIsAPersons()
    {
        expect(
            R"({"name": "Leggings", "buyer": {"name": "scrubbed-1"}, "lines": [{"name": "Top"}]})",
            R"({"name": "Leggings", "buyer": {"name": "John Smith"}, "lines": [{"name": "Top"}]})");
    }

    void equalValuesStayEqualWhereverTheyStand()
    {
        expect(
            R"([{"firstName": "scrubbed-1"}, {"title": "For scrubbed-1", "first_name": "scrubbed-1"}])",
            R"([{"firstName": "Steve"}, {"title": "For Steve", "first_name": "Steve"}])");
    }

    void everyMailAddressGoes()
    {
        expect("write to buyer@example.com, @idempotent(key: 1) or a@b",
               "write to jon.doe+x@mail.shop.test, @idempotent(key: 1) or a@b");
    }

    void whatIsNamedLikeASecretGoes()
    {
        expect(R"({"access_token": "scrubbed-secret-1", "expires_in": 3600})",
               R"({"access_token": "shpat_abc", "expires_in": 3600})");
    }

    void numbersStayNumbers()
    {
        const auto text = scrubbed(R"({"latitude": 45.41634, "zip": "40003", "postcode": 40003})");

        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"latitude": 10000000, "zip": "10000", "postcode": 10000})"), text);
        CPPUNIT_ASSERT(nlohmann::json::accept(text));
    }

    void aPartOfAWordIsNotTouched()
    {
        expect(
            R"({"customer": {"name": "scrubbed-1"}, "kind": "Channel", "id": 140003, "zip": "10000"})",
            R"({"customer": {"name": "Ann"}, "kind": "Channel", "id": 140003, "zip": "40003"})");
    }

    void whatIsNoJsonDoesNoHarm()
    {
        for (const char* text : {"", "\"", "{\"email\": \"", "\\", "{{{[[[\"a\\", "<html>}}}]]"})
            CPPUNIT_ASSERT_EQUAL(std::string(text), scrubbed(text));
    }

    void headersThatAuthorizeAreHidden()
    {
        for (const char* name :
             {"Authorization", "X-Shopify-Access-Token", "Set-Cookie", "x-amz-access-token"})
            CPPUNIT_ASSERT(Scrubber::hidesHeader(name));
        CPPUNIT_ASSERT(!Scrubber::hidesHeader("Content-Type"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ScrubberTest);
