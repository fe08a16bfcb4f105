#pragma once

#include "store/Connection.h"

#include <chrono>

namespace spokehub::store
{

struct PostgresOptions
{
    bool readOnly = false;
    std::chrono::milliseconds statementTimeout{30'000};
    bool walled = false; // takes the role that row-level security holds for (Wall)
};

/// What libpq makes of a URL, as `name='value'` pairs, with what every session of the hub has (UTC,
/// UTF-8, application_name, time limits). What the URL says itself wins. Throws Error(BadRequest).
std::string postgresConninfo(const std::string& url);

/// Whether there is no server yet that would answer, or it only just starts: worth waiting for,
/// which a wrong password is not. Asks it, for at most five seconds.
bool postgresIsAway(const std::string& conninfo);

/// Throws StoreError(ConnectionLost) when there is no server, or it takes nobody in.
std::unique_ptr<Connection> openPostgres(const std::string& conninfo,
                                         const PostgresOptions& options);

} // namespace spokehub::store
