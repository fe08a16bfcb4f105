#include "store/AnsweredKeys.h"

#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

/// How keys are kept and found is seen where they are used; here, how they are dropped.
class AnsweredKeysTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AnsweredKeysTest);
    CPPUNIT_TEST(oldOnesAreDroppedByTheThousandAndNewOnesStay);
    CPPUNIT_TEST(nothingIsDroppedOfNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestStore> store;

    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    std::int64_t forget()
    {
        return store->commands.run(
            [&](store::Tx& tx) { return store::AnsweredKeys::forget(tx, TestClock::start); });
    }

    void keep(int count, Time first)
    {
        store->commands.run([&](store::Tx& tx) {
            store::RowSet rows(5);
            for (int i = 0; i < count; ++i) {
                const Time at = first + std::chrono::microseconds(i);
                rows.add(
                    {mainTenant, rows.keep("key-" + std::to_string(at.micros)), "request", 7, at});
            }
            store::AnsweredKeys::keep(tx, rows);
        });
    }

    void oldOnesAreDroppedByTheThousandAndNewOnesStay()
    {
        keep(1500, TestClock::start - std::chrono::hours(1));
        keep(5, TestClock::start);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1000}, forget());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{500}, forget());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, forget());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, store->count("idempotency_key"));
    }

    void nothingIsDroppedOfNothing() { CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, forget()); }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(AnsweredKeysTest);
