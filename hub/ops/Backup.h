#pragma once

#include "store/Database.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace spokehub::ops
{

/// Copies of an SQLite database. PostgreSQL has its own means (pg_dump, base backups), which know
/// more than we could; for it make() and restore() refuse and say so.
class Backup
{
public:
    /// Writes one moment of the database into a new file, beside a hub that works on. Throws
    /// Error(Conflict) when the file is there already.
    static void make(store::Database& database, const std::filesystem::path& file);

    /// Waits until what stands in the spool now is in the database, as long as a hub takes it in:
    /// then a copy has all that was acknowledged before. How many of its files are left when for
    /// `patience` none was taken in.
    static std::size_t awaitSpool(const std::filesystem::path& spool,
                                  std::chrono::milliseconds patience = std::chrono::seconds(3));

    /// What is wrong with a copy: nothing when it can be restored. Throws Error(NotFound) when
    /// there is none.
    static std::vector<std::string> verify(const std::filesystem::path& file,
                                           const std::filesystem::path& migrations);

    /// Puts a copy in the place of the database, which no hub may have open (Presence); that one
    /// stays beside it as "….replaced".
    static void restore(const std::filesystem::path& file, store::Database& database);
};

} // namespace spokehub::ops
