#include "support/Skip.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace spokehub::test;

/// Every GraphQL document that the Shopify spoke can send, against the official schemas.
class ShopifyQueriesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyQueriesTest);
    CPPUNIT_TEST(everyDocumentIsValidInEverySchema);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyDocumentIsValidInEverySchema()
    {
        const std::filesystem::path folder = std::filesystem::path(SPOKEHUB_SOURCE_DIR) / "tests/graphql";
        if (!std::getenv("SPOKEHUB_SPECS"))
            return skip("SPOKEHUB_SPECS is not set: GraphQL documents are not validated against the schemas");
        if (!std::filesystem::exists(folder / "node_modules/graphql"))
            return skip("tests/graphql has no node_modules (npm install --no-package-lock there): GraphQL documents "
                        "are not validated");

        const std::string command = "node '" + (folder / "validate.mjs").string() + "' >/dev/null";

        CPPUNIT_ASSERT_EQUAL(0, std::system(command.c_str()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShopifyQueriesTest);
