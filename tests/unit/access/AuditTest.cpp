#include "access/Audit.h"

#include "support/Engines.h"
#include "support/People.h"

#include <cppunit/extensions/HelperMacros.h>

#include <thread>

using namespace spokehub;
using namespace spokehub::test;
using access::Audit;

class AuditTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AuditTest);
    CPPUNIT_TEST(whatIsDoneForSomebodyIsInTheLogWithItsTransaction);
    CPPUNIT_TEST(whatIsRefusedIsNotInTheLog);
    CPPUNIT_TEST(whatNobodyAskedForIsNotInTheLog);
    CPPUNIT_TEST(eachThingThatAWorkChangedHasALine);
    CPPUNIT_TEST(theLogIsFilteredAndPaged);
    CPPUNIT_TEST(passwordsAndKeysAreNotInTheLog);
    CPPUNIT_TEST(aSealedLogIsWhole);
    CPPUNIT_TEST(twoSealersMakeOneChain);
    CPPUNIT_TEST(eachTenantHasItsOwnChain);
    CPPUNIT_TEST(aLineIsNeitherChangedNorRemoved);
    CPPUNIT_TEST(aLineThatWasChangedIsNamed);
    CPPUNIT_TEST(aLineThatWasRemovedIsNamed);
    CPPUNIT_TEST(anEndThatWasCutOffIsNamed);
    CPPUNIT_TEST_SUITE_END();

    std::optional<People> people;
    std::optional<Audit> audit;

public:
    void setUp() override
    {
        people.emplace(
            [this](store::Tx& tx) { audit->record(tx); }); // the writer asks before each commit
        audit.emplace(people->ids, people->clock);
    }
    void tearDown() override
    {
        people.reset();
        audit.reset();
    }

    static std::shared_ptr<const store::Deed> deed(Id tenant = mainTenant,
                                                   const std::string& actor = "user:ann")
    {
        return std::make_shared<const store::Deed>(store::Deed{
            tenant, actor, "users.manage", "POST /api/v1/auth/users", "bob", "10.0.0.7", "req_1"});
    }
    void act(int times = 1, const std::shared_ptr<const store::Deed>& what = deed())
    {
        const store::Doing doing(what);
        for (int i = 0; i < times; ++i)
            people->commands.run(
                [&](store::Tx& tx) { tx.note(store::Difference().told("turn", i)); });
    }
    int seal() { return audit->seal(people->commands, *people->database); }
    Audit::Verdict verify(Id tenant = mainTenant)
    {
        return audit->verify(*people->database, tenant);
    }
    std::vector<access::AuditEntry> entries(const access::AuditQuery& query = {},
                                            const Scope& scope = {mainTenant, "test"})
    {
        return people
            ->look([&](store::Session& session) {
                return audit->list(session, scope, query, {.cursor = {}, .limit = 100});
            })
            .data;
    }
    /// As somebody would who may do everything with the database.
    void behindItsBack(const std::string& sql)
    {
        const bool postgres = engine() == store::Engine::Postgres;
        people->database.run(postgres ? "ALTER TABLE audit_entry DISABLE TRIGGER USER"
                                      : "DROP TRIGGER audit_entry_stays");
        if (!postgres)
            people->database.run("DROP TRIGGER audit_entry_is_not_removed");
        people->database.run(sql);
    }

    void whatIsDoneForSomebodyIsInTheLogWithItsTransaction()
    {
        act();

        const auto all = entries();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::string("user:ann"), all[0].actor);
        CPPUNIT_ASSERT_EQUAL(std::string("users.manage"), all[0].action);
        CPPUNIT_ASSERT_EQUAL(std::string("POST /api/v1/auth/users"), all[0].via);
        CPPUNIT_ASSERT_EQUAL(std::string("bob"), all[0].subject);
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.7"), all[0].address);
        CPPUNIT_ASSERT_EQUAL(std::string("req_1"), all[0].request);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"turn":0})"), all[0].difference);
        CPPUNIT_ASSERT(!all[0].number);
    }

    void whatIsRefusedIsNotInTheLog()
    {
        const store::Doing doing(deed());

        CPPUNIT_ASSERT(refusalOf([&] {
                           people->commands.run([&](store::Tx& tx) {
                               tx.note(store::Difference().told("turn", 1));
                               throw Error(Refusal::Conflict, "no");
                           });
                       }) == Refusal::Conflict);
        people->commands.run([](store::Tx&) {});

        const auto all = entries(); // the second, without what the first one noted
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), all[0].difference);
    }

    void whatNobodyAskedForIsNotInTheLog()
    {
        people->commands.run([](store::Tx& tx) { tx.note(store::Difference().told("turn", 1)); });

        CPPUNIT_ASSERT(entries().empty());
    }

    void eachThingThatAWorkChangedHasALine()
    {
        const store::Doing doing(deed());
        people->commands.run([](store::Tx& tx) {
            const std::string open = "open", closed = "closed";
            tx.note(store::Difference("ord_1").from("status", open, open).told("n", 1));
            tx.note(store::Difference("ord_2").from("status", open, closed));
        });

        const auto all = entries();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::string("ord_2"), all[0].subject);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"status":["open","closed"]})"), all[0].difference);
        CPPUNIT_ASSERT_EQUAL(std::string("ord_1"), all[1].subject);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"n":1})"), all[1].difference);
    }

    void theLogIsFilteredAndPaged()
    {
        act(3);
        people->clock.advance(std::chrono::hours(1));
        act(2, deed(mainTenant, "user:eve"));
        act(1, deed(7, "user:else"));

        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, entries().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entries({.actor = "user:ann"}).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, entries({.action = "users.manage"}).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, entries({.subject = "ann"}).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, entries({.since = people->clock.now()}).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, entries({.before = people->clock.now()}).size());
        std::string cursor;
        std::size_t seen = 0;
        do {
            const auto page = people->look([&](store::Session& session) {
                return audit->list(session, people->scope, {}, {.cursor = cursor, .limit = 2});
            });
            seen += page.data.size();
            cursor = page.nextCursor;
        } while (!cursor.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, seen);
    }

    void passwordsAndKeysAreNotInTheLog()
    {
        const store::Doing doing(deed());
        const auto user = people->add("bob", "admin");
        people->commands.run([&](store::Tx& tx) {
            people->users.setPassword(tx, people->onStore(), user.id, "canary-hash");
        });
        const auto made = people->commands.run([&](store::Tx& tx) {
            return people->keys.make(tx, people->onStore(), {"erp", "viewer"});
        });

        const auto all = entries();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"name":"erp","role":"viewer","expires_at":null})"),
                             all[0].difference);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"password":"changed"})"), all[1].difference);
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"username":["","bob"],"role":["","admin"],"active":[false,true]})"),
            all[2].difference);
        for (const auto& entry : all)
            for (const std::string& secret : {made.secret, std::string("hash of bob")})
                CPPUNIT_ASSERT(entry.difference.find(secret) == std::string::npos);
    }

    void aSealedLogIsWhole()
    {
        act(3);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, verify().unsealed);

        CPPUNIT_ASSERT_EQUAL(3, seal());
        CPPUNIT_ASSERT_EQUAL(0, seal());
        act(2);
        CPPUNIT_ASSERT_EQUAL(2, seal());

        const auto verdict = verify();
        CPPUNIT_ASSERT(!verdict.broken);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, verdict.sealed);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, verdict.unsealed);
        CPPUNIT_ASSERT_EQUAL(entries()[0].hash, verdict.head);
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, verdict.head.size());
    }

    void twoSealersMakeOneChain()
    {
        act(40);
        store::Writer other(*people->database);
        store::Commands commands(other);
        other.start();

        std::thread second([&] { audit->seal(commands, *people->database); });
        seal();
        second.join();

        const auto verdict = verify();
        CPPUNIT_ASSERT(!verdict.broken);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{40}, verdict.sealed);
    }

    void eachTenantHasItsOwnChain()
    {
        act(2);
        act(3, deed(7));
        CPPUNIT_ASSERT_EQUAL(5, seal());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, verify().sealed);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, verify(7).sealed);
        CPPUNIT_ASSERT(verify().head != verify(7).head);
    }

    void aLineIsNeitherChangedNorRemoved()
    {
        act(2);
        seal();
        act();

        for (const char* sql : {"UPDATE audit_entry SET actor = 'user:eve' WHERE number = 1",
                                "UPDATE audit_entry SET actor = 'user:eve' WHERE number IS NULL",
                                "UPDATE audit_entry SET hash = 'x' WHERE number = 1",
                                "DELETE FROM audit_entry WHERE number = 1",
                                "DELETE FROM audit_entry WHERE number IS NULL"})
            CPPUNIT_ASSERT_THROW_MESSAGE(sql, people->database.run(sql), store::StoreError);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, people->database.count("audit_entry"));
    }

    void aLineThatWasChangedIsNamed()
    {
        act(4);
        seal();
        const Id third = people->database.number("SELECT id FROM audit_entry WHERE number = 3");
        behindItsBack("UPDATE audit_entry SET difference = '{\"turn\":9}' WHERE number = 3");

        const auto broken = verify().broken;
        CPPUNIT_ASSERT(broken);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, broken->number);
        CPPUNIT_ASSERT(broken->entry == third);
    }

    void aLineThatWasRemovedIsNamed()
    {
        act(4);
        seal();
        behindItsBack("DELETE FROM audit_entry WHERE number = 2");

        const auto broken = verify().broken;
        CPPUNIT_ASSERT(broken);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, broken->number);
        CPPUNIT_ASSERT(!broken->entry);
    }

    void anEndThatWasCutOffIsNamed()
    {
        act(4);
        seal();
        behindItsBack("DELETE FROM audit_entry WHERE number = 4");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, verify().broken->number);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(AuditTest);
