#include "access/IssuedKeys.h"

#include "support/Engines.h"
#include "support/People.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::access;
using namespace spokehub::test;

class IssuedKeysTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IssuedKeysTest);
    CPPUNIT_TEST(aKeyDoesWhatItsRoleMay);
    CPPUNIT_TEST(aKeyMayNeverDoMoreThanWhoMadeIt);
    CPPUNIT_TEST(aKeyEndsWhenItIsRevokedOrOver);
    CPPUNIT_TEST(whatCannotBeIsRefused);
    CPPUNIT_TEST(onlyItsHashIsKept);
    CPPUNIT_TEST(itsLastUseIsNotedOnceAMinute);
    CPPUNIT_TEST(aKeyOfAnotherTenantIsNotThere);
    CPPUNIT_TEST_SUITE_END();

    std::optional<People> people;

    IssuedKeys::Made make(const NewKey& wanted, const std::string& role = "admin")
    {
        return people->commands.run(
            [&](store::Tx& tx) { return people->keys.make(tx, people->by(role), wanted); });
    }
    std::optional<IssuedKeys::Found> find(const std::string& secret)
    {
        return people->look([&](store::Session& s) { return people->keys.find(s, secret); });
    }

public:
    void setUp() override { people.emplace(); }
    void tearDown() override { people.reset(); }

    void aKeyDoesWhatItsRoleMay()
    {
        const auto made = make({"till", "SALES_REP"});

        const auto found = find(made.secret);
        CPPUNIT_ASSERT_EQUAL(std::string("key:till"), found.value().caller.scope.actor);
        CPPUNIT_ASSERT_EQUAL(mainTenant, found->caller.scope.tenant);
        CPPUNIT_ASSERT(found->caller.permissions == people->roles.of("SALES_REP"));
        CPPUNIT_ASSERT(!find(made.secret + "A"));
        CPPUNIT_ASSERT(!find(made.secret.substr(0, made.secret.size() - 1)));
        CPPUNIT_ASSERT(!find(""));
    }

    void aKeyMayNeverDoMoreThanWhoMadeIt()
    {
        people->add("ann", "admin");
        const Id eva = people->add("eva", "admin").id;
        CPPUNIT_ASSERT(refusalOf([&] { make({"x", "admin"}, "manager"); }) == Refusal::Forbidden);
        const auto made = make({"x", "admin", eva});

        people->change(people->onStore(), eva, {.role = "viewer"});
        CPPUNIT_ASSERT(find(made.secret)->caller.permissions == people->roles.of("viewer"));

        people->change(people->onStore(), eva, {.active = false});
        CPPUNIT_ASSERT(!find(made.secret));
    }

    void aKeyEndsWhenItIsRevokedOrOver()
    {
        const Time end = people->clock.now() + std::chrono::hours(1);
        const auto one = make({"one", "viewer"});
        const auto two = make({"two", "viewer", {}, end});
        const auto revoke = [&](Id key) {
            return people->commands.run(
                [&](store::Tx& tx) { return people->keys.revoke(tx, people->scope, key); });
        };

        const auto first = revoke(one.key.id).revokedAt;
        people->clock.set(end);

        CPPUNIT_ASSERT(!find(one.secret));
        CPPUNIT_ASSERT(!find(two.secret));
        CPPUNIT_ASSERT(first == revoke(one.key.id).revokedAt);
        CPPUNIT_ASSERT(refusalOf([&] { revoke(7); }) == Refusal::NotFound);
    }

    void whatCannotBeIsRefused()
    {
        for (const NewKey& bad :
             {NewKey{"", "viewer"}, NewKey{"a\n", "viewer"}, NewKey{"x", "root"},
              NewKey{"x", "viewer", {}, people->clock.now()}})
            CPPUNIT_ASSERT(refusalOf([&] { make(bad); }) == Refusal::BadRequest);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, people->database.count("api_key"));
    }

    void onlyItsHashIsKept()
    {
        const auto made = make({"x", "viewer"});

        CPPUNIT_ASSERT(made.secret.starts_with("shk_1_"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{6 + 43}, made.secret.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{32},
                             people->database.number("SELECT length(hash) FROM api_key"));
    }

    void itsLastUseIsNotedOnceAMinute()
    {
        const auto made = make({"x", "viewer"});
        CPPUNIT_ASSERT(find(made.secret)->stale);

        people->commands.run(
            [&](store::Tx& tx) { people->keys.noteUse(tx, people->scope, made.key.id); });
        CPPUNIT_ASSERT(!find(made.secret)->stale);
        people->clock.advance(std::chrono::minutes(1));
        CPPUNIT_ASSERT(find(made.secret)->stale);

        const auto listed = people->look(
            [&](store::Session& s) { return people->keys.list(s, people->scope, {}); });
        CPPUNIT_ASSERT(listed.data.at(0).lastUsedAt == TestClock::start);
    }

    void aKeyOfAnotherTenantIsNotThere()
    {
        const auto made = make({"x", "viewer"});

        CPPUNIT_ASSERT(!find("shk_2" + made.secret.substr(5)));
        CPPUNIT_ASSERT(refusalOf([&] {
                           people->commands.run([&](store::Tx& tx) {
                               return people->keys.revoke(tx, {2, "x"}, made.key.id);
                           });
                       }) == Refusal::NotFound);
        CPPUNIT_ASSERT(find(made.secret));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(IssuedKeysTest);
