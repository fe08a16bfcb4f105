#pragma once

#include "store/Database.h"

#include <cstdint>
#include <memory>

namespace spokehub::store
{

/// This hub's sign of life at its database. On SQLite it is the lock that keeps a second hub out;
/// on PostgreSQL an advisory lock under the hub's boot id, which falls the moment the hub dies, so
/// that others need not wait for its leases to run out.
class Presence
{
public:
    /// Throws Error(Conflict) when another hub has the SQLite file.
    Presence(Database& database, std::int64_t boot);
    ~Presence();

    /// Checks that it still stands and raises it again after the database was away. Now and then,
    /// from one thread.
    void keep();

private:
    void raise();

    Database& _database;
    const std::int64_t _boot;
    int _file = -1;
    std::unique_ptr<Connection> _connection;
};

} // namespace spokehub::store
