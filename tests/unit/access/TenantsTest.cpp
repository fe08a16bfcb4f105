#include "access/Tenants.h"

#include "support/Engines.h"
#include "support/People.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;
using access::Tenants;

class TenantsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TenantsTest);
    CPPUNIT_TEST(aHubWithoutPlansHasOneTenantAndTakesNoOther);
    CPPUNIT_TEST(thoseOfTheConfigurationAreMadeAndKeepTheirIds);
    CPPUNIT_TEST(aTenantIsMadeOnceAndWellFormed);
    CPPUNIT_TEST(whoIsNotActiveIsNotFoundAndMayDoNothing);
    CPPUNIT_TEST(aPlanNarrowsWhatItsPeopleMayDo);
    CPPUNIT_TEST(whatIsTheProvidersIsNoTenants);
    CPPUNIT_TEST(moreThanAPlanHasRoomForIsRefused);
    CPPUNIT_TEST(theMainTenantHasNoPlanAndStays);
    CPPUNIT_TEST_SUITE_END();

    std::optional<People> people;
    Config config;
    std::optional<Tenants> tenants;

public:
    void setUp() override
    {
        config = Config::parse("plans:\n"
                               "  - { name: small, users: 1, keys: 0, "
                               "permissions: [orders.read, users.manage] }\n"
                               "  - { name: large }\n"
                               "tenants:\n"
                               "  - { name: acme, plan: small, title: Acme }\n",
                               "test.yaml");
        people.emplace([this](store::Tx& tx) { tenants->requireRoom(tx); });
        tenants.emplace(config, *people->database, people->ids, people->clock);
        tenants->open(people->commands);
    }
    void tearDown() override
    {
        people.reset();
        tenants.reset();
    }

    access::Tenant create(const std::string& name, const std::string& plan = "large")
    {
        const auto made = people->commands.run(
            [&](store::Tx& tx) { return tenants->create(tx, name, "", plan); });
        tenants->refresh();
        return made;
    }
    void change(const std::string& name, const access::TenantChange& wanted)
    {
        people->commands.run([&](store::Tx& tx) { return tenants->change(tx, name, wanted); });
        tenants->refresh();
    }
    Id acme() { return tenants->idOf("acme").value(); }

    void aHubWithoutPlansHasOneTenantAndTakesNoOther()
    {
        const Config one;
        Tenants alone(one, *people->database, people->ids, people->clock);

        CPPUNIT_ASSERT(!alone.several());
        CPPUNIT_ASSERT(alone.idOf("main") == mainTenant);
        CPPUNIT_ASSERT(alone.allowed(mainTenant, Permissions::all()) == Permissions::all());
        CPPUNIT_ASSERT(refusalOf([&] {
                           people->commands.run(
                               [&](store::Tx& tx) { alone.create(tx, "other", "", "large"); });
                       }) == Refusal::Conflict);
    }

    void thoseOfTheConfigurationAreMadeAndKeepTheirIds()
    {
        const Id before = acme();

        tenants->open(people->commands);

        CPPUNIT_ASSERT_EQUAL(before, acme());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, people->database.count("tenant"));
        CPPUNIT_ASSERT_EQUAL(std::string("Acme"),
                             people->database.text("SELECT title FROM tenant WHERE name = 'acme'"));
    }

    void aTenantIsMadeOnceAndWellFormed()
    {
        const Id globex = create("globex").id;
        CPPUNIT_ASSERT_EQUAL(globex, tenants->idOf("globex").value());

        CPPUNIT_ASSERT(refusalOf([&] { create("globex"); }) == Refusal::Conflict);
        for (const char* name : {"", "Globex", "glo bex", "-globex", "glo/bex"})
            CPPUNIT_ASSERT_MESSAGE(name, refusalOf([&] { create(name); }) == Refusal::BadRequest);
        CPPUNIT_ASSERT(refusalOf([&] { create("initech", "none"); }) == Refusal::BadRequest);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, people->database.count("tenant"));
    }

    void whoIsNotActiveIsNotFoundAndMayDoNothing()
    {
        const Id id = acme();
        change("acme", {.active = false});

        CPPUNIT_ASSERT(!tenants->idOf("acme"));
        CPPUNIT_ASSERT(refusalOf([&] { tenants->allowed(id, Permissions::all()); }) ==
                       Refusal::Forbidden);
        change("acme", {.active = true});
        CPPUNIT_ASSERT_EQUAL(id, acme());
    }

    void aPlanNarrowsWhatItsPeopleMayDo()
    {
        using enum Permission;
        CPPUNIT_ASSERT(
            (tenants->allowed(acme(), {OrdersRead, OrdersShip}) == Permissions{OrdersRead}));
        change("acme", {.plan = "large"});
        CPPUNIT_ASSERT((tenants->allowed(acme(), {OrdersRead, OrdersShip}) ==
                        Permissions{OrdersRead, OrdersShip}));
    }

    void whatIsTheProvidersIsNoTenants()
    {
        const Id globex = create("globex").id;
        const Permissions may = tenants->allowed(globex, Permissions::all());

        CPPUNIT_ASSERT(!may.has(Permission::TenantsManage));
        CPPUNIT_ASSERT(!may.has(Permission::MetricsRead));
        CPPUNIT_ASSERT(may.has(Permission::UsersManage));
    }

    void moreThanAPlanHasRoomForIsRefused()
    {
        const access::Manager by{{acme(), "cli:ann"}, Permissions::all(), true};
        const auto add = [&](const std::string& name) {
            return people->commands.run([&](store::Tx& tx) {
                return people->users.create(tx, by, {name, "admin", {}, "hash"});
            });
        };
        const Id ann = add("ann").id;

        CPPUNIT_ASSERT(refusalOf([&] { add("bob"); }) == Refusal::QuotaExceeded);
        CPPUNIT_ASSERT(refusalOf([&] {
                           people->commands.run([&](store::Tx& tx) {
                               people->keys.make(tx, by, {"erp", "viewer"});
                           });
                       }) == Refusal::QuotaExceeded);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("user_account"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, people->database.count("api_key"));

        change("acme", {.plan = "large"});
        const Id bob = add("bob").id;
        change("acme", {.plan = "small"});
        people->change(by, bob, {.active = false}); // what is too much already may become less
        CPPUNIT_ASSERT(refusalOf([&] { people->change(by, bob, {.active = true}); }) ==
                       Refusal::QuotaExceeded);
        CPPUNIT_ASSERT(ann != bob);
    }

    void theMainTenantHasNoPlanAndStays()
    {
        CPPUNIT_ASSERT(refusalOf([&] { change("main", {.active = false}); }) == Refusal::Conflict);
        CPPUNIT_ASSERT(refusalOf([&] { change("main", {.plan = "small"}); }) == Refusal::Conflict);
        change("main", {.title = "The provider"});
        CPPUNIT_ASSERT(tenants->allowed(mainTenant, Permissions::all()) == Permissions::all());
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TenantsTest);
