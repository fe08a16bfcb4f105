#include "sync/InboxReader.h"

#include "core/Error.h"
#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;

class InboxReaderTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(InboxReaderTest);
    CPPUNIT_TEST(pendingMessagesAreWalkedAsTheyAreDueAndOthersNewestFirst);
    CPPUNIT_TEST(aFilterLeavesOutTheOthers);
    CPPUNIT_TEST(aCursorOfAnotherListIsRefused);
    CPPUNIT_TEST(aMessageComesWithItsBodyWhateverItIs);
    CPPUNIT_TEST(aChannelsMessagesAreCounted);
    CPPUNIT_TEST(anotherTenantSeesNothing);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestDatabase> database;
    const InboxReader reader{};
    const Scope main{mainTenant, "test"};

public:
    void setUp() override
    {
        database.emplace();
        for (int id = 1; id <= 9; ++id) // states 2 3 1 2 3 1 …; the later, the sooner it is due
            add(id, id < 6 ? 10 : 20, 1 + id % 3, 100 - id);
    }

    void tearDown() override { database.reset(); }

    void pendingMessagesAreWalkedAsTheyAreDueAndOthersNewestFirst()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("9 6 3 "), walked({.state = MessageState::Pending}));
        CPPUNIT_ASSERT_EQUAL(std::string("7 4 1 "), walked({.state = MessageState::Done}));
        CPPUNIT_ASSERT_EQUAL(std::string("8 5 2 "), walked({.state = MessageState::Failed}));
        CPPUNIT_ASSERT_EQUAL(std::string("9 8 7 6 5 4 3 2 1 "), walked({}));
    }

    void aFilterLeavesOutTheOthers()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("5 2 "),
                             walked({.state = MessageState::Failed, .channel = 10}));
        CPPUNIT_ASSERT_EQUAL(std::string("9 6 "),
                             walked({.state = MessageState::Pending, .channel = 20}));
    }

    void aCursorOfAnotherListIsRefused()
    {
        const auto page = read({.state = MessageState::Failed}, {"", 2});

        CPPUNIT_ASSERT_THROW(read({.state = MessageState::Pending}, {page.nextCursor, 2}), Error);
        for (const char* key : {"1", "1:2:3", "1:", ":1", "x:1"})
            CPPUNIT_ASSERT_THROW(
                read({.state = MessageState::Pending}, {store::cursorOf("inbox.pending", key), 2}),
                Error);
    }

    void aMessageComesWithItsBodyWhateverItIs()
    {
        const std::string body("\0\xff{", 3);
        database->run(engine() == store::Engine::Postgres
                          ? "UPDATE inbox_body SET body = '\\x00ff7b' WHERE id = 8"
                          : "UPDATE inbox_body SET body = X'00ff7b' WHERE id = 8");
        std::optional<MessageDetail> detail;
        (*database)->read([&](store::Session& session) { detail = reader.get(session, main, 8); });

        CPPUNIT_ASSERT(detail.has_value());
        CPPUNIT_ASSERT_EQUAL(body, detail->body);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, detail->message.bodyBytes);
        CPPUNIT_ASSERT(detail->message.state == MessageState::Failed);
    }

    void aChannelsMessagesAreCounted()
    {
        MessageCounts counts;
        (*database)->read(
            [&](store::Session& session) { counts = reader.counts(session, main, 10); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, counts.pending);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, counts.failed);
    }

    void anotherTenantSeesNothing()
    {
        store::Page<MessageRow> page;
        std::optional<MessageDetail> detail;
        (*database)->read([&](store::Session& session) {
            page = reader.list(session, {2, "test"}, {}, {});
            detail = reader.get(session, {2, "test"}, 8);
        });

        CPPUNIT_ASSERT(page.data.empty() && !detail);
    }

private:
    void add(int id, int channel, int state, int next)
    {
        const auto text = [](int number) { return std::to_string(number); };
        const std::string body =
            engine() == store::Engine::Postgres ? "'{}'::TEXT::BYTEA" : "CAST('{}' AS BLOB)";
        database->run("INSERT INTO inbox_message (tenant_id, id, channel_id, message_id, topic, "
                      "occurred_at, received_at, state, next_attempt_at) VALUES (1, " +
                      text(id) + ", " + text(channel) + ", 'm" + text(id) +
                      "', 'orders/create', 1, 2, " + text(state) + ", " + text(next) + ")");
        database->run("INSERT INTO inbox_body (tenant_id, id, body) VALUES (1, " + text(id) + ", " +
                      body + ")");
    }

    store::Page<MessageRow> read(const MessageQuery& query, const store::PageRequest& asked)
    {
        store::Page<MessageRow> page;
        (*database)->read(
            [&](store::Session& session) { page = reader.list(session, main, query, asked); });
        return page;
    }

    std::string walked(const MessageQuery& query)
    {
        std::string ids;
        store::PageRequest asked{"", 2};
        do {
            const auto page = read(query, asked);
            for (const MessageRow& message : page.data)
                ids += std::to_string(message.id) + " ";
            asked.cursor = page.nextCursor;
        } while (!asked.cursor.empty());
        return ids;
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(InboxReaderTest);
