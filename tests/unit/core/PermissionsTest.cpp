#include "core/Permissions.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace spokehub;

class PermissionsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PermissionsTest);
    CPPUNIT_TEST(everyPermissionHasANameOfItsOwn);
    CPPUNIT_TEST(aSetHoldsWhatItWasGivenAndNoMore);
    CPPUNIT_TEST(theNamesOfMerchantsSystemsAreThere);
    CPPUNIT_TEST(ownersAndAdministratorsMayDoEverything);
    CPPUNIT_TEST(viewersOnlyRead);
    CPPUNIT_TEST(opsTouchNeitherCatalogStockNorOrders);
    CPPUNIT_TEST(salesReadProductsAndStockAndCreateOrders);
    CPPUNIT_TEST(warehousesReceiveMoveAndReserve);
    CPPUNIT_TEST(botsRunIntegrationsAndManageNothing);
    CPPUNIT_TEST(outsidersAndTheProviderSeeNoOrders);
    CPPUNIT_TEST(aRoleMayBeGivenAnotherMeaning);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyPermissionHasANameOfItsOwn()
    {
        std::set<std::string_view> names;
        for (const Permission permission : allPermissions()) {
            names.insert(name(permission));
            CPPUNIT_ASSERT(permissionFrom(name(permission)) == permission);
        }

        CPPUNIT_ASSERT_EQUAL(allPermissions().size(), names.size());
        CPPUNIT_ASSERT(!permissionFrom("catalog"));
        CPPUNIT_ASSERT(!permissionFrom(""));
    }

    void aSetHoldsWhatItWasGivenAndNoMore()
    {
        const Permissions some{Permission::CatalogRead, Permission::MetricsRead};

        for (const Permission permission : allPermissions())
            CPPUNIT_ASSERT_EQUAL(permission == Permission::CatalogRead ||
                                     permission == Permission::MetricsRead,
                                 some.has(permission));
        CPPUNIT_ASSERT(Permissions::all().includes(some));
        CPPUNIT_ASSERT(!some.includes(Permissions::all()));
        CPPUNIT_ASSERT((some & Permissions{Permission::MetricsRead}) ==
                       Permissions{Permission::MetricsRead});
    }

    void theNamesOfMerchantsSystemsAreThere()
    {
        const std::vector<std::string> expected{
            "ADMIN",   "SALES_REP", "SYSTEM_BOT", "WAREHOUSE_OP", "admin",  "customer", "employee",
            "manager", "ops",       "owner",      "provider",     "vendor", "viewer"};

        CPPUNIT_ASSERT(expected == Roles().names());
        CPPUNIT_ASSERT(!Roles().of("Admin"));
        CPPUNIT_ASSERT(!Roles().of(""));
    }

    void ownersAndAdministratorsMayDoEverything()
    {
        for (const char* role : {"owner", "admin", "ADMIN"})
            CPPUNIT_ASSERT(Roles().of(role) == Permissions::merchants());
    }

    void viewersOnlyRead()
    {
        for (const Permission permission : allPermissions())
            if (Roles().of("viewer")->has(permission))
                CPPUNIT_ASSERT_MESSAGE(std::string(name(permission)),
                                       name(permission).ends_with(".read"));
    }

    void opsTouchNeitherCatalogStockNorOrders()
    {
        for (const char* prefix : {"catalog.", "stock.", "orders."})
            for (const Permission permission : allPermissions())
                if (name(permission).starts_with(prefix))
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(name(permission)),
                                                 name(permission).ends_with(".read"),
                                                 Roles().of("ops")->has(permission));
        CPPUNIT_ASSERT(Roles().of("ops")->has(Permission::TasksRetry));
    }

    void salesReadProductsAndStockAndCreateOrders()
    {
        CPPUNIT_ASSERT((Roles().of("SALES_REP") ==
                        Permissions{Permission::CatalogRead, Permission::StockRead,
                                    Permission::OrdersCreate}));
    }

    void warehousesReceiveMoveAndReserve()
    {
        const auto may = *Roles().of("WAREHOUSE_OP");

        CPPUNIT_ASSERT(may.has(Permission::StockAdjust));
        CPPUNIT_ASSERT(may.has(Permission::StockReserve));
        CPPUNIT_ASSERT(!may.has(Permission::CatalogWrite));
        CPPUNIT_ASSERT(!may.has(Permission::OrdersCancel));
    }

    void botsRunIntegrationsAndManageNothing()
    {
        const auto may = *Roles().of("SYSTEM_BOT");

        CPPUNIT_ASSERT(may.has(Permission::ChannelsOperate));
        CPPUNIT_ASSERT(may.has(Permission::InboxReplay));
        CPPUNIT_ASSERT(!may.has(Permission::StockAdjust));
        CPPUNIT_ASSERT(!may.has(Permission::CatalogWrite));
    }

    void outsidersAndTheProviderSeeNoOrders()
    {
        for (const char* role : {"customer", "vendor", "provider"})
            for (const Permission permission :
                 {Permission::OrdersRead, Permission::InboxRead, Permission::StockAdjust})
                CPPUNIT_ASSERT_MESSAGE(role, !Roles().of(role)->has(permission));
    }

    void aRoleMayBeGivenAnotherMeaning()
    {
        Roles roles;

        roles.set("viewer", {Permission::StockRead});

        CPPUNIT_ASSERT(roles.of("viewer") == Permissions{Permission::StockRead});
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PermissionsTest);
