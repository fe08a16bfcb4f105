#pragma once

#include "store/Database.h"

#include <string>
#include <vector>

namespace spokehub::store
{

/// The second wall between tenants, on PostgreSQL: the sessions of the hub have a role that owns
/// nothing and cannot bypass row-level security, and every table with a tenant_id shows that role
/// only rows of the tenants its transaction serves (Serving). It is put up when a hub that serves
/// several tenants starts, by the user of the URL, who owns the tables.
class Wall
{
public:
    static constexpr const char* role = "spokehub_app";

    explicit Wall(Database& database) : _database(database) {}

    /// What is there already stays as it is. Throws Error(Unavailable) with the remedy where the
    /// user of the URL may not do it.
    void raise();

    /// What is wrong with it, seen by a session of the hub; empty when it stands.
    std::vector<std::string> gaps();

private:
    Database& _database;
};

} // namespace spokehub::store
