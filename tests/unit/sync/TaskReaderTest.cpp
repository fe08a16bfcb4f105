#include "sync/TaskReader.h"

#include "core/Error.h"
#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;

class TaskReaderTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TaskReaderTest);
    CPPUNIT_TEST(eachStateIsWalkedWholeAndInItsOrder);
    CPPUNIT_TEST(aFilterLeavesOutTheOthers);
    CPPUNIT_TEST(aCursorOfAnotherStateIsRefused);
    CPPUNIT_TEST(aTaskIsFoundByItsIdAndByItsSubject);
    CPPUNIT_TEST(aChannelsTasksAreCounted);
    CPPUNIT_TEST(anotherTenantSeesNothing);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestDatabase> database;
    const TaskReader reader{};
    const Scope main{mainTenant, "test"};

public:
    void setUp() override
    {
        database.emplace();
        // channel, state, queue, next attempt: two channels, three tasks of each state in each
        int id = 0;
        for (int state = 1; state <= 4; ++state)
            for (int channel = 20; channel >= 10; channel -= 10)
                for (int next = 3; next >= 1; --next)
                    add(++id, channel, state, next % 2, next * 100);
    }

    void tearDown() override { database.reset(); }

    void eachStateIsWalkedWholeAndInItsOrder()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("5 6 4 2 3 1 "), walked({.state = TaskState::Pending}));
        CPPUNIT_ASSERT_EQUAL(std::string("10 11 12 7 8 9 "), walked({.state = TaskState::Running}));
        CPPUNIT_ASSERT_EQUAL(std::string("13 14 15 16 17 18 "), walked({.state = TaskState::Done}));
        CPPUNIT_ASSERT_EQUAL(std::string("22 23 24 19 20 21 "),
                             walked({.state = TaskState::Failed}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 "),
            walked({}));
    }

    void aFilterLeavesOutTheOthers()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("22 23 24 "),
                             walked({.state = TaskState::Failed, .channel = 10}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("5 6 4 "),
            walked({.state = TaskState::Pending, .channel = 10, .kind = TaskKind::Stock}));
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             walked({.state = TaskState::Failed, .kind = TaskKind::Shipment}));
        CPPUNIT_ASSERT_EQUAL(std::string(), walked({.lastClass = Class::Config}));
    }

    void aCursorOfAnotherStateIsRefused()
    {
        const auto page = read({.state = TaskState::Failed}, {"", 2});

        CPPUNIT_ASSERT_THROW(read({.state = TaskState::Pending}, {page.nextCursor, 2}), Error);
        CPPUNIT_ASSERT_THROW(read({}, {page.nextCursor, 2}), Error);
        for (const char* key : {"1", "1:2:3", "1:", ":1", "1:x", "x"})
            CPPUNIT_ASSERT_THROW(
                read({.state = TaskState::Failed}, {store::cursorOf("tasks.failed", key), 2}),
                Error);
    }

    void aTaskIsFoundByItsIdAndByItsSubject()
    {
        std::optional<TaskRow> byId, bySubject, none;
        (*database)->read([&](store::Session& session) {
            byId = reader.get(session, main, 19);
            bySubject = reader.about(session, main, 20, TaskKind::Stock, 1019);
            none = reader.about(session, main, 20, TaskKind::Shipment, 1019);
        });

        CPPUNIT_ASSERT(byId && bySubject && !none);
        CPPUNIT_ASSERT_EQUAL(byId->id, bySubject->id);
        CPPUNIT_ASSERT(byId->state == TaskState::Failed && byId->lastClass == Class::Rejected);
        CPPUNIT_ASSERT_EQUAL(std::string("because"), byId->reason);
    }

    void aChannelsTasksAreCounted()
    {
        TaskCounts counts;
        (*database)->read(
            [&](store::Session& session) { counts = reader.counts(session, main, 10); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, counts.pending);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, counts.running);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, counts.failed);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, counts.oldestPendingAt->micros);
    }

    void anotherTenantSeesNothing()
    {
        store::Page<TaskRow> page;
        std::optional<TaskRow> task;
        (*database)->read([&](store::Session& session) {
            page = reader.list(session, {2, "test"}, {}, {});
            task = reader.get(session, {2, "test"}, 19);
        });

        CPPUNIT_ASSERT(page.data.empty() && !task);
    }

private:
    void add(int id, int channel, int state, int queue, int next)
    {
        const auto text = [](int number) { return std::to_string(number); };
        database->run(
            "INSERT INTO task (tenant_id, id, channel_id, kind, subject_id, queue, state, class, "
            "reason, next_attempt_at, planned_at) VALUES (1, " +
            text(id) + ", " + text(channel) + ", 1, " + text(1000 + id) + ", " + text(queue) +
            ", " + text(state) + ", " + text(state == 4 ? 7 : 0) + ", 'because', " + text(next) +
            ", " + text(id) + ")");
    }

    store::Page<TaskRow> read(const TaskQuery& query, const store::PageRequest& asked)
    {
        store::Page<TaskRow> page;
        (*database)->read(
            [&](store::Session& session) { page = reader.list(session, main, query, asked); });
        return page;
    }

    /// The ids, two a page.
    std::string walked(const TaskQuery& query)
    {
        std::string ids;
        store::PageRequest asked{"", 2};
        do {
            const auto page = read(query, asked);
            CPPUNIT_ASSERT(page.data.size() <= 2);
            for (const TaskRow& task : page.data)
                ids += std::to_string(task.id) + " ";
            asked.cursor = page.nextCursor;
        } while (!asked.cursor.empty());
        return ids;
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TaskReaderTest);
