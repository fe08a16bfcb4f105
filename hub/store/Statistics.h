#pragma once

#include "store/Database.h"

namespace spokehub::store
{

/// What PostgreSQL's planner knows of the tables, kept up while they are new. Its own rhythm is a
/// minute: until then a table that grows from nothing counts as empty, and its rows are looked for
/// by whatever index comes first. Does nothing on SQLite, which goes by the indexes alone.
class Statistics
{
public:
    explicit Statistics(Database& database) : _database(database) {}

    /// Analyses the tables of which more rows are new than known: ever more seldom while they grow.
    void renew();

private:
    Database& _database;
};

} // namespace spokehub::store
