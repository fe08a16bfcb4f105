#pragma once

#include "core/Clock.h"
#include "store/Database.h"

#include <filesystem>
#include <string>
#include <vector>

namespace spokehub::store
{

struct Migration
{
    int version = 0;
    std::string name; // "0001_first"
    std::string up;
    std::string down;
    std::string checksum; // SHA-256 of both texts
};

/// Brings the schema to what the files of a directory say: pairs `NNNN_what.up.sql` and
/// `.down.sql`, numbered from 0001 without a gap. Each runs in one transaction, under a lock that
/// lets only one runner through at a time. Refuses, in Error(Unprocessable), a database that is
/// newer than the files, and a migration that was edited after it had been applied. Owns:
/// schema_migration.
class Migrator
{
public:
    /// Throws Error(Unprocessable) when the files are not such pairs.
    Migrator(Database& database, const std::filesystem::path& directory, const Clock& clock);

    /// Applies what is pending; answers how many that were. Nothing is pending when another runner
    /// was faster.
    int up();

    /// Undoes everything above version `to`; answers how many that were.
    int down(int to);

    /// For hubs that may not migrate: throws Error(Unprocessable) naming what is pending, if
    /// anything is.
    void requireCurrent();

    /// 0: none was applied yet.
    int current();
    std::vector<std::string> pending();

private:
    int check(Session& session) const;
    bool step(Connection& connection, int to);
    void apply(Connection& connection, const Migration& migration, bool up);

    Database& _database;
    const Clock& _clock;
    std::vector<Migration> _migrations; // version 1 first
};

} // namespace spokehub::store
