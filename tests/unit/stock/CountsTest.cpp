#include "stock/Counts.h"
#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;

class CountsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CountsTest);
    CPPUNIT_TEST(levelsBecomeWhatWasCountedWhenTheCountIsClosed);
    CPPUNIT_TEST(ofASkuTheLastNumberCounts);
    CPPUNIT_TEST(aCountThatHasEndedTakesNoMore);
    CPPUNIT_TEST(aCancelledCountChangesNothing);
    CPPUNIT_TEST(countsAreListedNewestFirst);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;
    std::optional<stock::Counts> counts;
    Id leggings = 0, mat = 0;

public:
    void setUp() override
    {
        store.emplace();
        counts.emplace(store->ledger, store->ids, store->clock);
        leggings = store->stocked("LEG-S", 10);
        mat = store->stocked("MAT", 4);
    }

    void tearDown() override
    {
        counts.reset();
        store.reset();
    }

    Id open(const std::string& title = "autumn")
    {
        return store->commands
            .run([&](store::Tx& tx) { return counts->open(tx, store->acme, "main", title); })
            .id;
    }

    void record(Id count, Id variant, std::int64_t counted)
    {
        const stock::CountLine line{.variant = variant, .sku = "", .counted = counted};
        store->commands.run([&](store::Tx& tx) {
            counts->record(tx, store->acme, count, {&line, 1});
        });
    }

    std::vector<stock::CountLine> close(Id count)
    {
        return store->commands.run(
            [&](store::Tx& tx) { return counts->close(tx, store->acme, count, "test"); });
    }

    template <class Work>
    void conflicts(Work work)
    {
        CPPUNIT_ASSERT_THROW(work(), Error);
    }

    void levelsBecomeWhatWasCountedWhenTheCountIsClosed()
    {
        const Id count = open();
        record(count, leggings, 8);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, store->onHand("LEG-S"));

        const auto lines = close(count);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->onHand("MAT")); // nobody counted it
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lines.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, lines[0].expected.value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("stock_count_line", "expected = 10"));
    }

    void ofASkuTheLastNumberCounts()
    {
        const Id count = open();
        record(count, mat, 3);
        record(count, mat, 6);

        close(count);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, store->onHand("MAT"));
    }

    void aCountThatHasEndedTakesNoMore()
    {
        const Id count = open();
        record(count, mat, 6);
        close(count);

        conflicts([&] { record(count, mat, 1); });
        conflicts([&] { close(count); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, store->onHand("MAT"));
    }

    void aCancelledCountChangesNothing()
    {
        const Id count = open();
        record(count, mat, 1);

        store->commands.run([&](store::Tx& tx) { counts->cancel(tx, store->acme, count); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->onHand("MAT"));
        conflicts([&] { close(count); });
    }

    void countsAreListedNewestFirst()
    {
        open("one");
        open("two");
        store::Page<stock::Count> first, second;
        store->database->read([&](store::Session& session) {
            first = counts->list(session, store->acme, {.cursor = {}, .limit = 1});
            second = counts->list(session, store->acme, {.cursor = first.nextCursor, .limit = 1});
        });

        CPPUNIT_ASSERT_EQUAL(std::string("two"), first.data.at(0).title);
        CPPUNIT_ASSERT_EQUAL(std::string("one"), second.data.at(0).title);
        CPPUNIT_ASSERT(second.nextCursor.empty());
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CountsTest);
