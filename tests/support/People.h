#pragma once

#include "access/IssuedKeys.h"
#include "access/Sessions.h"
#include "access/Tenants.h"
#include "access/Users.h"
#include "core/Error.h"
#include "store/Commands.h"
#include "support/TestClock.h"
#include "support/TestDatabase.h"

#include <cppunit/TestAssert.h>

namespace spokehub::test
{

/// Users, their sessions and their keys on a fresh database.
struct People
{
    explicit People(std::function<void(store::Tx&)> beforeCommit = {})
    {
        if (beforeCommit)
            writer.beforeCommit(std::move(beforeCommit));
        writer.start();
    }

    TestClock clock;
    TestDatabase database;
    store::Writer writer{*database};
    store::Commands commands{writer};
    IdGenerator ids{clock, 1};
    Roles roles;
    AuthConfig auth;
    access::Sessions sessions{ids, clock, auth};
    access::IssuedKeys keys{ids, clock, roles};
    access::Users users{ids, clock, roles, sessions, keys};
    Config config;
    access::Tenants tenants{config, *database, ids, clock};
    const Scope scope{mainTenant, "test"};

    access::Manager by(const std::string& role) const
    {
        return {{mainTenant, role}, roles.of(role).value(), false};
    }
    access::Manager onStore() const { return {{mainTenant, "cli:ann"}, Permissions::all(), true}; }

    access::User add(const std::string& name, const std::string& role)
    {
        return commands.run([&](store::Tx& tx) {
            return users.create(tx, onStore(), {name, role, {}, "hash of " + name});
        });
    }
    access::User change(const access::Manager& manager, Id user, const access::UserChange& wanted)
    {
        return commands.run([&](store::Tx& tx) { return users.change(tx, manager, user, wanted); });
    }
    access::Sessions::Opened open(Id user, access::SessionKind kind = access::SessionKind::Tokens)
    {
        return commands.run([&](store::Tx& tx) {
            return sessions.open(tx, scope, user, kind, {"::1", "test"});
        });
    }
    /// What a read gives.
    template <class Function>
    auto look(Function work) -> std::invoke_result_t<Function, store::Session&>
    {
        std::optional<std::invoke_result_t<Function, store::Session&>> result;
        database->point([&](store::Session& session) { result.emplace(work(session)); });
        return std::move(*result);
    }
};

/// The refusal that comes of it.
template <class Function>
Refusal refusalOf(Function work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.refusal();
    }
    CPPUNIT_FAIL("was not refused");
    return {};
}

} // namespace spokehub::test
