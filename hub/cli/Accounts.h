#pragma once

#include "access/IssuedKeys.h"
#include "access/Sessions.h"
#include "access/Users.h"
#include "cli/Command.h"
#include "store/Commands.h"

namespace spokehub::cli
{

/// People and keys in the database of the configuration; a hub may run beside this.
struct Accounts
{
    explicit Accounts(const Command& command);

    /// Throws Failure.
    access::User named(const std::string& username);

    const Config config;
    const SystemClock clock;
    store::Database database;
    store::Writer writer;
    store::Commands commands;
    IdGenerator ids;
    access::Sessions sessions;
    access::IssuedKeys keys;
    access::Users users;
    const access::Manager by; // the person at this machine
};

} // namespace spokehub::cli
