#include "access/Users.h"

#include "access/Providers.h"
#include "support/Engines.h"
#include "support/People.h"

#include <cppunit/extensions/HelperMacros.h>

#include <thread>

using namespace spokehub;
using namespace spokehub::access;
using namespace spokehub::test;

class UsersTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UsersTest);
    CPPUNIT_TEST(aUserIsMadeWithWhatIsToldAndWhoMadeIt);
    CPPUNIT_TEST(aUsernameIsThereOnceWhateverItsCase);
    CPPUNIT_TEST(whatCannotBeIsRefusedByField);
    CPPUNIT_TEST(theFirstAdministratorIsMadeOnTheStoreAlone);
    CPPUNIT_TEST(theLastAdministratorStaysOne);
    CPPUNIT_TEST(managersManageEmployeesButNeitherManagersNorAdministrators);
    CPPUNIT_TEST(nobodyGivesARoleThatMayDoMoreThanOneself);
    CPPUNIT_TEST(aProfileHoldsOnlyWhatIsHarmless);
    CPPUNIT_TEST(deactivatingEndsSessionsAndKeysAndKeepsTheUser);
    CPPUNIT_TEST(aNewPasswordEndsTheOtherSessions);
    CPPUNIT_TEST(credentialsAreThoseOfActiveUsersWithAPassword);
    CPPUNIT_TEST(aSignInAgainstAnOldPasswordIsNone);
    CPPUNIT_TEST(usersOfAnotherTenantAreNotThere);
    CPPUNIT_TEST(aListGoesPageByPage);
    CPPUNIT_TEST(whomTwoHubsMeetAtOnceIsOnePerson);
    CPPUNIT_TEST_SUITE_END();

    std::optional<People> people;

    Refusal refused(const Manager& by, Id user, const UserChange& change)
    {
        return refusalOf([&] { people->change(by, user, change); });
    }

    User now(Id user)
    {
        return people
            ->look([&](store::Session& session) {
                return people->users.get(session, people->scope, user);
            })
            .value();
    }

public:
    void setUp() override { people.emplace(); }
    void tearDown() override { people.reset(); }

    void whomTwoHubsMeetAtOnceIsOnePerson()
    {
        store::Writer other(*people->database);
        store::Commands commands(other);
        other.start();
        for (int i = 0; i < 30; ++i) {
            const OutsideIdentity identity{
                "idp", mainTenantName, "https://id.example", "s" + std::to_string(i), "",
                "",    "employee",     people->clock.now()};
            const auto meet = [&](store::Tx& tx) {
                return people->users.meet(tx, people->scope, identity).id;
            };
            Id there = 0;
            std::thread second([&] { there = commands.run(meet); });
            const Id here = people->commands.run(meet);
            second.join();

            CPPUNIT_ASSERT_EQUAL(here, there);
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{30}, people->database.count("user_account"));
    }

    void aUserIsMadeWithWhatIsToldAndWhoMadeIt()
    {
        const User made = people->commands.run([&](store::Tx& tx) {
            return people->users.create(
                tx, people->onStore(),
                {"Ann", "manager", {"Ann Ä. Lee", "ann@example.com", "+43 1", "lead", "stock"}});
        });

        const User user = now(made.id);
        CPPUNIT_ASSERT_EQUAL(std::string("ann"), user.username);
        CPPUNIT_ASSERT_EQUAL(std::string("Ann Ä. Lee"), user.fullName);
        CPPUNIT_ASSERT_EQUAL(std::string("ann@example.com"), user.email);
        CPPUNIT_ASSERT_EQUAL(std::string("+43 1"), user.phone);
        CPPUNIT_ASSERT_EQUAL(std::string("lead"), user.jobTitle);
        CPPUNIT_ASSERT_EQUAL(std::string("stock"), user.department);
        CPPUNIT_ASSERT_EQUAL(std::string("manager"), user.role);
        CPPUNIT_ASSERT_EQUAL(std::string("cli:ann"), user.createdBy);
        CPPUNIT_ASSERT(user.active);
        CPPUNIT_ASSERT(!user.signedInAt);
    }

    void aUsernameIsThereOnceWhateverItsCase()
    {
        people->add("ann", "employee");

        CPPUNIT_ASSERT(refusalOf([&] { people->add("ANN", "employee"); }) == Refusal::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("user_account"));
    }

    void whatCannotBeIsRefusedByField()
    {
        for (const NewUser& bad :
             {NewUser{"", "employee"}, NewUser{"a b", "employee"}, NewUser{"ann\n", "employee"},
              NewUser{"änn", "employee"}, NewUser{std::string(101, 'a'), "employee"},
              NewUser{"ann", "root"}, NewUser{"ann", "employee", {.email = "nowhere"}},
              NewUser{"ann", "employee", {.fullName = "a\nb"}}})
            CPPUNIT_ASSERT(refusalOf([&] {
                               people->commands.run([&](store::Tx& tx) {
                                   return people->users.create(tx, people->onStore(), bad);
                               });
                           }) == Refusal::BadRequest);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, people->database.count("user_account"));
    }

    void theFirstAdministratorIsMadeOnTheStoreAlone()
    {
        const auto create = [&](const Manager& by, const char* name) {
            people->commands.run([&](store::Tx& tx) {
                return people->users.create(tx, by, {name, "admin"});
            });
        };
        CPPUNIT_ASSERT(refusalOf([&] { create(people->by("admin"), "ann"); }) == Refusal::Conflict);
        const Id bob = people->add("bob", "employee").id;
        CPPUNIT_ASSERT(refused(people->by("admin"), bob, {.role = "admin"}) == Refusal::Conflict);

        create(people->onStore(), "ann");
        create(people->by("admin"), "cid");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                             people->database.count("user_account", "role = 'admin'"));
    }

    void theLastAdministratorStaysOne()
    {
        const Id ann = people->add("ann", "admin").id;
        const Id bob = people->add("bob", "owner").id;

        people->change(people->by("admin"), ann, {.role = "employee"});
        for (const Manager& by : {people->by("admin"), people->onStore()}) {
            CPPUNIT_ASSERT(refused(by, bob, {.role = "manager"}) == Refusal::Conflict);
            CPPUNIT_ASSERT(refused(by, bob, {.active = false}) == Refusal::Conflict);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("owner"), now(bob).role);
        CPPUNIT_ASSERT(now(bob).active);

        people->change(people->by("admin"), ann, {.role = "ADMIN"});
        people->change(people->by("admin"), bob, {.active = false});
        CPPUNIT_ASSERT(refused(people->by("admin"), ann, {.active = false}) == Refusal::Conflict);
    }

    void managersManageEmployeesButNeitherManagersNorAdministrators()
    {
        const Id admin = people->add("ann", "admin").id;
        const Id manager = people->add("max", "manager").id;
        const Id employee = people->add("eva", "employee").id;
        const Manager by = people->by("manager");

        people->change(by, employee, {.fields = {.jobTitle = "packer"}, .role = "WAREHOUSE_OP"});
        CPPUNIT_ASSERT_EQUAL(std::string("packer"), now(employee).jobTitle);

        for (const Id user : {admin, manager})
            for (const UserChange& change :
                 {UserChange{.active = false}, UserChange{.role = "viewer"},
                  UserChange{.fields = {.email = "x@example.com"}}})
                CPPUNIT_ASSERT(refused(by, user, change) == Refusal::Forbidden);
        CPPUNIT_ASSERT(refusalOf([&] {
                           people->commands.run([&](store::Tx& tx) {
                               people->users.setPassword(tx, by, admin, "mine");
                           });
                       }) == Refusal::Forbidden);
        for (const char* role : {"manager", "admin", "owner"})
            CPPUNIT_ASSERT(refused(by, employee, {.role = role}) == Refusal::Forbidden);
        CPPUNIT_ASSERT(refused(people->by("employee"), employee, {.active = false}) ==
                       Refusal::Forbidden);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, people->database.count("user_account", "active = 1"));
    }

    void nobodyGivesARoleThatMayDoMoreThanOneself()
    {
        people->add("ann", "admin");
        const Id eva = people->add("eva", "customer").id;
        people->roles.set("people", {Permission::UsersManage, Permission::CatalogRead});

        CPPUNIT_ASSERT(refused(people->by("people"), eva, {.role = "admin"}) == Refusal::Forbidden);
        CPPUNIT_ASSERT(refused(people->by("people"), eva, {.role = "vendor"}) ==
                       Refusal::Forbidden);
        people->change(people->by("people"), eva, {.role = "people"});
    }

    void aProfileHoldsOnlyWhatIsHarmless()
    {
        const Id eva = people->add("eva", "employee").id;

        people->commands.run([&](store::Tx& tx) {
            return people->users.changeProfile(tx, people->scope, eva,
                                               {"Eva", "eva@example.com", "1", "boss", "board"});
        });

        CPPUNIT_ASSERT_EQUAL(std::string("Eva"), now(eva).fullName);
        CPPUNIT_ASSERT_EQUAL(std::string("eva@example.com"), now(eva).email);
        CPPUNIT_ASSERT_EQUAL(std::string(), now(eva).jobTitle);
        CPPUNIT_ASSERT_EQUAL(std::string(), now(eva).department);
        CPPUNIT_ASSERT_EQUAL(std::string("employee"), now(eva).role);
    }

    void deactivatingEndsSessionsAndKeysAndKeepsTheUser()
    {
        const Id eva = people->add("eva", "employee").id;
        const auto session = people->open(eva);
        const auto key = people->commands.run([&](store::Tx& tx) {
            return people->keys.make(tx, people->by("employee"), {"mine", "customer", eva});
        });

        people->change(people->onStore(), eva, {.active = false});
        people->change(people->onStore(), eva, {.active = true}); // brings neither back

        CPPUNIT_ASSERT(!people->look([&](store::Session& s) {
            return people->sessions.byId(s, mainTenant, session.holder.session);
        }));
        CPPUNIT_ASSERT(
            !people->look([&](store::Session& s) { return people->keys.find(s, key.secret); }));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, people->database.count("session_secret"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("user_account"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("api_key"));
    }

    void aNewPasswordEndsTheOtherSessions()
    {
        const Id eva = people->add("eva", "employee").id;
        const auto one = people->open(eva);
        people->open(eva, SessionKind::Cookie);

        people->commands.run([&](store::Tx& tx) {
            people->users.changeOwnPassword(tx, people->scope, eva, "other", one.holder.session);
        });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("user_session"));

        people->commands.run([&](store::Tx& tx) {
            people->users.setPassword(tx, people->onStore(), eva, "another");
        });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, people->database.count("user_session"));
    }

    void credentialsAreThoseOfActiveUsersWithAPassword()
    {
        people->add("ann", "admin");
        const Id eva = people->add("eva", "employee").id;
        people->commands.run([&](store::Tx& tx) {
            return people->users.create(tx, people->onStore(), {"bot", "SYSTEM_BOT"});
        });
        const auto find = [&](const char* name) {
            return people->look([&](store::Session& session) {
                return people->users.credentials(session, people->scope, name);
            });
        };

        CPPUNIT_ASSERT_EQUAL(std::string("hash of eva"), find("EVA")->passwordHash);
        CPPUNIT_ASSERT(!find("bot"));
        CPPUNIT_ASSERT(!find("nobody"));
        people->change(people->onStore(), eva, {.active = false});
        CPPUNIT_ASSERT(!find("eva"));
    }

    void aSignInAgainstAnOldPasswordIsNone()
    {
        const Id eva = people->add("eva", "employee").id;
        const auto signIn = [&](const std::string& hash) {
            return people->commands.run([&](store::Tx& tx) {
                return people->users.signedIn(tx, people->scope, {eva, "eva", hash}, "new hash");
            });
        };

        CPPUNIT_ASSERT(!signIn("hash of ann"));
        CPPUNIT_ASSERT(signIn("hash of eva"));
        CPPUNIT_ASSERT(!signIn("hash of eva"));
        CPPUNIT_ASSERT_EQUAL(std::string("new hash"),
                             people->database.text("SELECT password FROM user_account"));
        CPPUNIT_ASSERT(now(eva).signedInAt == people->clock.now());
    }

    void usersOfAnotherTenantAreNotThere()
    {
        const Id eva = people->add("eva", "employee").id;
        Manager other = people->onStore();
        other.scope.tenant = 2;

        CPPUNIT_ASSERT(refused(other, eva, {.active = false}) == Refusal::NotFound);
        CPPUNIT_ASSERT(!people->look([&](store::Session& session) {
            return people->users.byName(session, other.scope, "eva");
        }));
    }

    void aListGoesPageByPage()
    {
        for (const char* name : {"ann", "bob", "cid"})
            people->add(name, "employee");
        const auto page = [&](const std::string& cursor) {
            return people->look([&](store::Session& session) {
                return people->users.list(session, people->scope, {cursor, 2});
            });
        };

        const auto first = page("");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, first.data.size());
        const auto second = page(first.nextCursor);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, second.data.size());
        CPPUNIT_ASSERT_EQUAL(std::string("cid"), second.data[0].username);
        CPPUNIT_ASSERT(second.nextCursor.empty());
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(UsersTest);
