#pragma once

#include "store/Batcher.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <span>
#include <vector>

/// What the suites of the Writer share: numbers that are inserted, a second time in vain.
class WriterFixture : public CppUnit::TestFixture
{
public:
    using Outcomes = std::vector<spokehub::store::Outcome<int>>;
    using Numbers = spokehub::store::Batcher<std::int64_t, int>;

    std::optional<spokehub::test::TestDatabase> database;

    void setUp() override
    {
        database.emplace();
        database->run("CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, touched BIGINT NOT NULL "
                      "DEFAULT 0)");
    }
    void tearDown() override { database.reset(); }

    static void insert(spokehub::store::Tx& tx, std::span<const std::int64_t> ids)
    {
        static constexpr spokehub::store::Sql insertThings{"INSERT INTO thing (id) {rows}"};
        spokehub::store::RowSet rows(1);
        for (const std::int64_t id : ids)
            rows.add({id});
        tx.writeRows(insertThings, rows);
    }

    static Outcomes ok(std::span<const std::int64_t> ids)
    {
        return Outcomes(ids.size(), spokehub::store::Outcome<int>(1));
    }

    static spokehub::store::Failure failureOf(Numbers& numbers, std::int64_t id)
    {
        try {
            numbers.call(id);
        } catch (const spokehub::store::StoreError& error) {
            return error.failure();
        }
        CPPUNIT_FAIL("the request succeeded");
        throw std::logic_error("not reached");
    }
};
