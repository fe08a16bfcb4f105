// The doctor in a hub of several merchants: the provider's looks at all of them, a merchant's at
// its own.
#include "store/Page.h"
#include "support/CommandsOfHub.h"
#include "support/Engines.h"
#include "support/TwoMerchants.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <fstream>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class TenantDoctorFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TenantDoctorFlowTest);
    CPPUNIT_TEST(theProvidersLooksAtEveryTenantAndNamesIt);
    CPPUNIT_TEST(aMerchantsLooksAtItsOwnWhateverCursorItBrings);
    CPPUNIT_TEST(theOperatorsLooksAtEveryTenantAndNamesIt);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TwoMerchants> two;

public:
    void setUp() override
    {
        two.emplace();
        two->hub.settle();
        for (const char* tenant : {"acme", "globex"})
            two->hub.database().run(
                "UPDATE stock_level SET reserved = reserved + 1 WHERE reserved > 0 "
                "AND tenant_id = " +
                std::to_string(two->tenantId(tenant)));
    }
    void tearDown() override { two.reset(); }

    /// Whose rows disagree, each named once; page by page.
    std::string whose(const std::string& key, std::string cursor = {})
    {
        std::string tenants;
        do {
            const Reply page =
                two->as(key, "GET", "/api/v1/doctor" + (cursor.empty() ? "" : "?cursor=" + cursor));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(page.body, 200, page.status);
            const auto json = JsonDocument::parse(page.body);
            json->root()["data"].each([&](Json row) {
                const std::string tenant(row.textOr("tenant"));
                if (tenants.find(tenant) == std::string::npos)
                    tenants += (tenants.empty() ? "" : " ") + tenant;
                return true;
            });
            cursor = json->root().textOr("next_cursor");
        } while (!cursor.empty());
        return tenants;
    }

    void theProvidersLooksAtEveryTenantAndNamesIt()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("acme globex"), whose(RunningHub::keyOf("provider")));
    }

    void aMerchantsLooksAtItsOwnWhateverCursorItBrings()
    {
        const std::string globex = two->keys.at("globex/admin");
        CPPUNIT_ASSERT_EQUAL(std::string("globex"), whose(globex));
        CPPUNIT_ASSERT_EQUAL(std::string("acme"), whose(two->keys.at("acme/admin")));
        CPPUNIT_ASSERT_EQUAL(std::string(), whose(RunningHub::key)); // of the main tenant

        const std::string acme = std::to_string(two->tenantId("acme"));
        for (const std::string& place : {acme + ":0:0:", "0:0:" + acme}) {
            const std::string cursor = store::cursorOf("doctor", place);
            const Reply reply = two->as(globex, "GET", "/api/v1/doctor?cursor=" + cursor);
            CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find("acme") == std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(
            400, two->as(RunningHub::keyOf("provider"), "GET",
                         "/api/v1/doctor?cursor=" + store::cursorOf("doctor", "77:0:0:"))
                     .status);
    }

    void theOperatorsLooksAtEveryTenantAndNamesIt()
    {
        const auto file = two->hub.directory() / "cli.yaml";
        std::ofstream(file) << "database: { url: \"env:SPOKEHUB_TEST_DATABASE\" }\n"
                               "plans: [{ name: large }]\n"
                               "tenants: [{ name: acme, plan: large }]\n";
        ::setenv("SPOKEHUB_TEST_DATABASE", two->hub.database().url().c_str(), 1);
        std::ostringstream out;
        std::ostringstream err;

        const int code =
            cli::run({"doctor", "--verify", "-o", "csv", "--config", file.string()}, out, err);

        CPPUNIT_ASSERT_EQUAL_MESSAGE(err.str(), 1, code);
        const std::string rows = out.str();
        CPPUNIT_ASSERT_MESSAGE(rows, rows.starts_with("tenant,table,row,"));
        for (const char* tenant : {"\nacme,stock_level,sku=SHARED", "\nglobex,stock_level,"})
            CPPUNIT_ASSERT_MESSAGE(rows, rows.find(tenant) != std::string::npos);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TenantDoctorFlowTest);
