#include "store/Page.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::store;

class PageTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PageTest);
    CPPUNIT_TEST(aPageEndsWithTheCursorOfItsLastRow);
    CPPUNIT_TEST(theLastPageHasNoCursor);
    CPPUNIT_TEST(aCursorOfAnotherListOrBrokenIsRefused);
    CPPUNIT_TEST(aLimitOutOfBoundsIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void aPageEndsWithTheCursorOfItsLastRow()
    {
        const PageRequest request{"", 2};

        const auto page = pageOf("sku", request, std::vector<std::string>{"A", "B/ö", "C"}, key);

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, page.data.size());
        CPPUNIT_ASSERT_EQUAL(std::string("B/ö"), (PageRequest{page.nextCursor, 2}.after("sku")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{42},
                             (PageRequest{cursorOf("id", "42"), 2}.afterId("id")));
    }

    void theLastPageHasNoCursor()
    {
        const auto page = pageOf("sku", {"", 2}, std::vector<std::string>{"A", "B"}, key);

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, page.data.size());
        CPPUNIT_ASSERT_EQUAL(std::string(), page.nextCursor);
        CPPUNIT_ASSERT_EQUAL(std::string(), PageRequest{}.after("sku"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, PageRequest{}.afterId("id"));
    }

    void aCursorOfAnotherListOrBrokenIsRefused()
    {
        for (const std::string& cursor :
             {cursorOf("id", "7"), cursorOf("sku", ""), std::string("zz"), std::string("7"),
              std::string("736b753a00"), cursorOf("sku", "\xff"), cursorOf("sku", "A") + "0"})
            CPPUNIT_ASSERT_THROW((PageRequest{cursor, 2}.after("sku")), Error);
        for (const char* key : {"x", "7x", "-7", "99999999999999999999"})
            CPPUNIT_ASSERT_THROW((PageRequest{cursorOf("id", key), 2}.afterId("id")), Error);
    }

    void aLimitOutOfBoundsIsRefused()
    {
        CPPUNIT_ASSERT_THROW((PageRequest{"", 0}.after("sku")), Error);
        CPPUNIT_ASSERT_THROW((PageRequest{"", 501}.after("sku")), Error);
        CPPUNIT_ASSERT_EQUAL(std::string(), (PageRequest{"", 500}.after("sku")));
    }

private:
    static std::string key(const std::string& row) { return row; }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PageTest);
