#include "catalog/ListingDocument.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::catalog;

class ListingDocumentTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListingDocumentTest);
    CPPUNIT_TEST(aWholeListingIsRead);
    CPPUNIT_TEST(whatIsMissingHasItsDefault);
    CPPUNIT_TEST(aMalformedListingNamesItsFields);
    CPPUNIT_TEST(aLevelIsRead);
    CPPUNIT_TEST(aMalformedLevelNamesItsFields);
    CPPUNIT_TEST_SUITE_END();

public:
    void aWholeListingIsRead()
    {
        const auto listing = read<ListingDocument>(
            R"({"external_id": "808950810", "parent_id": "632910392", "stock_id": "49148385", "sku": "LEG-S",
                "title": "Leggings S", "price": 6500, "currency": "USD", "tracked": false, "quantity": 12,
                "updated_at": "2026-11-20T12:00:00Z", "removed": true})");

        CPPUNIT_ASSERT_EQUAL(std::string("808950810"), listing.externalId);
        CPPUNIT_ASSERT_EQUAL(std::string("632910392"), listing.parentId);
        CPPUNIT_ASSERT_EQUAL(std::string("49148385"), listing.stockId);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), listing.sku);
        CPPUNIT_ASSERT_EQUAL(std::string("Leggings S"), listing.title);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6500}, listing.price.value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::string("USD"), listing.currency);
        CPPUNIT_ASSERT(!listing.tracked);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, listing.quantity.value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T12:00:00Z"),
                             toIso(listing.updatedAt.value_or(Time{})));
        CPPUNIT_ASSERT(listing.removed);
    }

    void whatIsMissingHasItsDefault()
    {
        const auto listing = read<ListingDocument>(
            R"({"external_id": "7", "price": null, "updated_at": null, "sku": null})");

        CPPUNIT_ASSERT_EQUAL(std::string("7"), listing.stockId);
        CPPUNIT_ASSERT_EQUAL(std::string(), listing.sku);
        CPPUNIT_ASSERT(!listing.price && !listing.quantity && !listing.updatedAt);
        CPPUNIT_ASSERT(listing.tracked && !listing.removed);
    }

    void aMalformedListingNamesItsFields()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("listing 7: price must be an integer; tracked must be true or false; "
                        "updated_at must be a "
                        "time such as 2026-11-20T15:15:30Z; title has a NUL character"),
            refusalOf<ListingDocument>(R"({"external_id": "7", "price": "65.00", "tracked": 1,
                                           "updated_at": "today", "title": "a\u0000b"})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("listing : external_id must be text; external_id is missing"),
            refusalOf<ListingDocument>(R"({"external_id": 7})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("listing : document must be an object; external_id is missing"),
            refusalOf<ListingDocument>("[]"));
    }

    void aLevelIsRead()
    {
        const auto level = read<LevelDocument>(
            R"({"stock_id": "49148385", "location": "655441491", "quantity": -2, "updated_at": "2026-11-20T12:00:00Z"})");

        CPPUNIT_ASSERT_EQUAL(std::string("49148385"), level.stockId);
        CPPUNIT_ASSERT_EQUAL(std::string("655441491"), level.location);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-2}, level.quantity);
        CPPUNIT_ASSERT(level.updatedAt.has_value());
    }

    void aMalformedLevelNamesItsFields()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("level : stock_id is missing; quantity is missing"),
                             refusalOf<LevelDocument>("{}"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("level 1: quantity must be an integer; quantity is missing"),
            refusalOf<LevelDocument>(R"({"stock_id": "1", "quantity": 1.5})"));
    }

private:
    template <class Document>
    static Document read(const char* text)
    {
        const auto json = JsonDocument::parse(text);
        CPPUNIT_ASSERT(json.has_value());
        return Document::read(json->root());
    }

    template <class Document>
    static std::string refusalOf(const char* text)
    {
        try {
            read<Document>(text);
        } catch (const Error& error) {
            return error.what();
        }
        return "it was taken";
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListingDocumentTest);
