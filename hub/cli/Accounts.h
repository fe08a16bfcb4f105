#pragma once

#include "access/Audit.h"
#include "access/IssuedKeys.h"
#include "access/Sessions.h"
#include "access/Tenants.h"
#include "access/Users.h"
#include "cli/Command.h"
#include "core/Json.h"
#include "store/Commands.h"

namespace spokehub::cli
{

inline const Argument tenantOption{"--tenant NAME", "whose, in a hub of several merchants"};

/// People and keys in the database of the configuration; a hub may run beside this.
struct Accounts
{
    /// `verb`: "user add", for the audit log. Of the tenant that --tenant names. Throws Failure.
    Accounts(const Command& command, const std::string& verb);

    /// Throws Failure.
    access::User named(const std::string& username);

    /// Prints what `owner` lists, page after page: users or keys. `write`: a row of it as JSON.
    template <class Owner, class Write>
    ExitCode print(Command& command, const Owner& owner, Write write,
                   const std::vector<std::string>& columns)
    {
        JsonWriter json;
        json.beginArray();
        store::PageRequest page{.limit = store::pageLimitMax};
        do {
            database.point([&](store::Session& session) {
                const auto rows = owner.list(session, by.scope, page);
                for (const auto& row : rows.data)
                    write(json, row);
                page.cursor = rows.nextCursor;
            });
        } while (!page.cursor.empty());
        json.endArray();
        command.output().list(JsonDocument::parse(json.text())->root(), columns);
        return ExitCode::Done;
    }

    const Config config;
    const SystemClock clock;
    store::Database database;
    store::Writer writer;
    store::Commands commands;
    IdGenerator ids;
    access::Sessions sessions;
    access::IssuedKeys keys;
    access::Users users;
    access::Audit audit;
    access::Tenants tenants;
    const access::Manager by; // the person at this machine
    const store::Serving serving;
    const store::Doing doing;
};

} // namespace spokehub::cli
