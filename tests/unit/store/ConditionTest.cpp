#include "store/Condition.h"

#include "core/Error.h"
#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;
using store::Condition;

class ConditionTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConditionTest);
    CPPUNIT_TEST(theCheckSeesWhatTheTransactionDid);
    CPPUNIT_TEST(whatIsNotSoIsNotDone);
    CPPUNIT_TEST(theFirstChangeAloneIsMadeUnderIt);
    CPPUNIT_TEST(whatAnotherHubChangedMeanwhileIsNotOverwritten);
    CPPUNIT_TEST(withoutAThreadsConditionNothingIsAsked);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;

    static constexpr store::Sql insertFamily{
        "INSERT INTO family (tenant_id, id, code, title, created_at) VALUES (1, 7, '7', $1, 0)"};
    static constexpr store::Sql changeTitle{
        "UPDATE family SET title = $1 WHERE tenant_id = 1 AND id = 7"};
    static constexpr store::Sql selectTitle{
        "SELECT title FROM family WHERE tenant_id = 1 AND id = 7"};

public:
    void setUp() override
    {
        store.emplace();
        store->commands.run([](store::Tx& tx) { tx.execute(insertFamily, {"old"}); });
    }
    void tearDown() override { store.reset(); }

    std::string title()
    {
        std::string title;
        store->database->point([&](store::Session& session) {
            session.query(selectTitle, {}, [&](const store::Row& row) { title = row.string(0); });
        });
        return title;
    }

    Condition titleIs(const std::string& wanted)
    {
        return Condition([this, wanted] {
            if (const std::string is = title(); is != wanted)
                throw Error(Refusal::PreconditionFailed, "it is " + is);
        });
    }

    void change(const std::string& to)
    {
        store->commands.run([&](store::Tx& tx) { tx.write(changeTitle, {to}); });
    }

    void theCheckSeesWhatTheTransactionDid()
    {
        store->commands.run([&](store::Tx& tx) {
            tx.write(changeTitle, {"new"});
            const store::ReadingIn reading(tx);
            CPPUNIT_ASSERT_EQUAL(std::string("new"), title());
        });
    }

    void whatIsNotSoIsNotDone()
    {
        const store::Holding holding(titleIs("another"));

        CPPUNIT_ASSERT_EQUAL(std::string("it is old"), store->refusalOf([&] { change("new"); }));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::PreconditionFailed);
        CPPUNIT_ASSERT_EQUAL(std::string("old"), title());
    }

    void theFirstChangeAloneIsMadeUnderIt()
    {
        const store::Holding holding(titleIs("old"));

        change("new");
        change("newest");

        CPPUNIT_ASSERT_EQUAL(std::string("newest"), title());
    }

    /// On SQLite nobody else can write meanwhile.
    void whatAnotherHubChangedMeanwhileIsNotOverwritten()
    {
        if (engine() == store::Engine::Sqlite)
            return;
        const store::Holding holding(titleIs("old"));

        const std::string refusal = store->refusalOf([&] {
            store->commands.run([&](store::Tx& tx) {
                store->database.run("UPDATE family SET title = 'theirs' WHERE id = 7");
                tx.write(changeTitle, {"ours"});
            });
        });

        CPPUNIT_ASSERT_EQUAL(std::string("it is theirs"), refusal);
        CPPUNIT_ASSERT_EQUAL(std::string("theirs"), title());
    }

    void withoutAThreadsConditionNothingIsAsked()
    {
        {
            const store::Holding holding(titleIs("another"));
        }

        change("new");

        CPPUNIT_ASSERT_EQUAL(std::string("new"), title());
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ConditionTest);
