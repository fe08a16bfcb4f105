#include "support/Engines.h"
#include "support/TestLane.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;
using spokes::DocumentKind;

class PullerTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PullerTest);
    CPPUNIT_TEST(streamsArePulledWhenTheyAreDueAndGoOnFromTheirCursor);
    CPPUNIT_TEST(documentsAndCursorAreStoredTogether);
    CPPUNIT_TEST(anUnfitDocumentIsKeptAsFailedAndTheStreamGoesOn);
    CPPUNIT_TEST(aDocumentThatTheStoreRefusesHoldsUpNobody);
    CPPUNIT_TEST(aLongPullGivesWayToWhatMustBeTold);
    CPPUNIT_TEST(aFailedPullWaitsAndIsShown);
    CPPUNIT_TEST(aThinMessageIsReadAtTheSource);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { at.emplace(); }
    void tearDown() override { at.reset(); }

    void streamsArePulledWhenTheyAreDueAndGoOnFromTheirCursor()
    {
        CPPUNIT_ASSERT(
            (at->spoke().pulled == std::vector<std::string>{"orders", "listings", "levels"}));
        at->spoke().pulled.clear();
        at->spoke().requests.clear();
        at->spoke().onPull = [](const std::string&, const std::string&,
                                const spokes::DocumentSink& sink) {
            sink(DocumentKind::Checkpoint, R"({"cursor": "c1"})");
            return spokes::Verdict{};
        };

        at->later(std::chrono::minutes(4));
        at->run();
        CPPUNIT_ASSERT(at->spoke().pulled.empty());
        at->later(std::chrono::minutes(1));
        at->run();
        CPPUNIT_ASSERT((at->spoke().pulled == std::vector<std::string>{"orders"}));
        at->lane().pullNow("orders");
        at->lane().pullNow("levels");
        at->run();
        at->lane().pullNow("levels");
        at->run();

        CPPUNIT_ASSERT((at->spoke().pulled ==
                        std::vector<std::string>{"orders", "orders", "levels", "levels"}));
        CPPUNIT_ASSERT(at->spoke().requests[1].find(R"("cursor":"c1")") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE("the whole of it is read anew",
                               at->spoke().requests[3].find(R"("cursor":"")") != std::string::npos);
    }

    void documentsAndCursorAreStoredTogether()
    {
        at->store.stocked("TOP-S", 5);
        at->run(); // nothing waits to be told
        at->spoke().onPull = [&](const std::string&, const std::string&,
                                 const spokes::DocumentSink& sink) {
            sink(DocumentKind::Fact, orderDocument("1", {{"11", "TOP-S", 1}}));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, at->store.count("sales_order"));
            sink(DocumentKind::Checkpoint, R"({"cursor": "page 2"})");
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("sales_order"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                                 at->store.count("channel_cursor", "cursor = 'page 2'"));
            sink(DocumentKind::Fact, orderDocument("2", {{"11", "TOP-S", 1}}));
            return spokes::Verdict{Class::Retry, "the line broke", {}, {}};
        };
        at->lane().pullNow("orders");

        at->lane().runOnce();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->store.count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->store.reserved("TOP-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("channel_cursor", "cursor = 'page 2'"));
        at->store.checkSums();
    }

    void anUnfitDocumentIsKeptAsFailedAndTheStreamGoesOn()
    {
        at->spoke().onPull = [](const std::string&, const std::string&,
                                const spokes::DocumentSink& sink) {
            sink(DocumentKind::Fact, R"({"type": "order", "order_id": "1"})");
            sink(DocumentKind::Listing, "[]");
            sink(DocumentKind::Fact, orderDocument("2", {{"11", "LEG-S", 1}}));
            return spokes::Verdict{};
        };

        for (int i = 0; i < 2; ++i) {
            at->lane().pullNow("orders");
            at->run();
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->store.count("inbox_message", "state = 3"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            at->store.count("inbox_message", "topic = 'spokehub/fact' AND reason LIKE 'bug: fact: %'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("inbox_message", "topic = 'spokehub/listing'"));
    }

    void aDocumentThatTheStoreRefusesHoldsUpNobody()
    {
        at->refuseOrder("2");
        at->spoke().onPull = [](const std::string&, const std::string&,
                                const spokes::DocumentSink& sink) {
            for (const char* id : {"1", "2", "3"})
                sink(DocumentKind::Fact, orderDocument(id, {{"11", "LEG-S", 1}}));
            sink(DocumentKind::Checkpoint, R"({"cursor": "end"})");
            return spokes::Verdict{};
        };
        at->lane().pullNow("orders");

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->store.reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("channel_cursor", "cursor = 'end'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("inbox_message", "state = 3"));
        at->store.checkSums();
    }

    void aLongPullGivesWayToWhatMustBeTold()
    {
        at->run();
        int pages = 0;
        at->spoke().onPull = [&](const std::string&, const std::string& request,
                                 const spokes::DocumentSink& sink) {
            if (request.find("page 1") != std::string::npos) {
                ++pages;
                return spokes::Verdict{};
            }
            at->adjust(-1); // a sale, while the channel is read
            const bool more = sink(DocumentKind::Checkpoint, R"({"cursor": "page 1"})");
            CPPUNIT_ASSERT(!more);
            return spokes::Verdict{};
        };
        at->lane().pullNow("orders");

        CPPUNIT_ASSERT_EQUAL(2, at->lane().runOnce()); // a page, then the push
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(0, pages);
        at->run();

        CPPUNIT_ASSERT_EQUAL(1, pages);
    }

    void aFailedPullWaitsAndIsShown()
    {
        at->spoke().onPull = [](const std::string&, const std::string&,
                                const spokes::DocumentSink&) {
            return spokes::Verdict{Class::Retry, "503", {}, {}};
        };
        at->spoke().pulled.clear();
        at->lane().pullNow("orders");
        at->run();
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, at->spoke().pulled.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("channel", "last_error = 'pull orders: retry: 503'"));
        at->later(std::chrono::seconds(2));
        at->run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, at->spoke().pulled.size());
    }

    void aThinMessageIsReadAtTheSource()
    {
        at->store.commands.run([&](store::Tx& tx) {
            at->store.tasks.planFetch(tx, mainTenant, at->store.shop().id,
                                      R"({"stream": "orders", "id": "1"})");
        });
        at->spoke().onPull = [](const std::string&, const std::string&,
                                const spokes::DocumentSink& sink) {
            sink(DocumentKind::Fact, orderDocument("1", {{"11", "LEG-S", 1}}));
            return spokes::Verdict{};
        };

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.reserved("LEG-S"));
        CPPUNIT_ASSERT(at->spoke().requests.back().find(R"("id":"1")") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "kind = 3 AND state = 3"));
    }

private:
    std::optional<TestLane> at;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(PullerTest);
