#pragma once

#include "store/Database.h"

#include <cstdint>
#include <optional>
#include <string>

namespace spokehub::test
{

/// A fresh, migrated database of the engine that the test is for (Engines.h); gone with this
/// object. It is copied from a template that is migrated once in a run. Acquire it in setUp().
class TestDatabase
{
public:
    enum class Content
    {
        Migrated,
        Empty
    };

    explicit TestDatabase(Content content = Content::Migrated, store::DatabaseOptions options = {});
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    store::Database& operator*() { return *_database; }
    store::Database* operator->() { return &*_database; }

    /// To open it a second time, as another hub would.
    const std::string& url() const { return _url; }

    /// Runs statements beside everything else, in a session of their own.
    void run(const std::string& sql);

    /// The first column of the only row of an answer.
    std::int64_t number(const std::string& sql);
    std::string text(const std::string& sql);

    /// How many rows a table has: count("stock_movement", "variant_id = 7").
    std::int64_t count(const std::string& table, const std::string& where = "1 = 1");

private:
    std::string _name; // the directory or the database to remove
    std::string _url;
    std::optional<store::Database> _database;
};

} // namespace spokehub::test
