#pragma once

#include "access/Caller.h"
#include "core/Clock.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{

class IssuedKeys;
class Sessions;
struct OutsideIdentity;

struct User
{
    Id id = 0;
    std::string username;
    std::string email;
    std::string fullName;
    std::string phone;
    std::string jobTitle;
    std::string department;
    std::string role;
    bool active = true;
    std::string createdBy;
    Time createdAt;
    Time updatedAt;
    std::optional<Time> signedInAt{};
};

/// What is told of a person; nothing where it stays as it is. A person changes the first three of
/// his own.
struct UserFields
{
    std::optional<std::string> fullName{};
    std::optional<std::string> email{};
    std::optional<std::string> phone{};
    std::optional<std::string> jobTitle{};
    std::optional<std::string> department{};
};

struct NewUser
{
    std::string username;
    std::string role;
    UserFields fields{};
    std::string passwordHash{}; // empty: nobody signs in by password
};

struct UserChange
{
    UserFields fields{};
    std::optional<std::string> role{};
    std::optional<bool> active{};
};

/// The people of a tenant. Who is deactivated keeps his history; his sessions and keys end with it.
/// The first administrator is made on the store alone, and the last one stays. Owns: user_account,
/// user_identity.
class Users
{
public:
    Users(IdGenerator& ids, const Clock& clock, const Roles& roles, Sessions& sessions,
          IssuedKeys& keys)
        : _ids(ids), _clock(clock), _roles(roles), _sessions(sessions), _keys(keys)
    {
    }

    /// All throw Error: BadRequest for fields, Forbidden for who may not be managed, NotFound, and
    /// Conflict for a username that is taken and for the last administrator.
    User create(store::Tx& tx, const Manager& by, const NewUser& wanted);
    User change(store::Tx& tx, const Manager& by, Id user, const UserChange& change);
    /// Ends his sessions.
    void setPassword(store::Tx& tx, const Manager& by, Id user, const std::string& hash);

    /// What one changes of his own, whoever he is; jobs and departments are given.
    User changeProfile(store::Tx& tx, const Scope& scope, Id user, const UserFields& fields);
    /// Ends his sessions but this one.
    void changeOwnPassword(store::Tx& tx, const Scope& scope, Id user, const std::string& hash,
                           Id session);

    std::optional<User> get(store::Session& session, const Scope& scope, Id user) const;
    std::optional<User> byName(store::Session& session, const Scope& scope,
                               std::string_view username) const;
    store::Page<User> list(store::Session& session, const Scope& scope,
                           const store::PageRequest& page) const;

    std::optional<User> byIdentity(store::Session& session, const Scope& scope,
                                   const OutsideIdentity& identity) const;
    /// Whom a provider vouches for: made on first sight, given the role that it says now. Never one
    /// who was made here, whatever his name. Throws Error(Conflict) for an administrator before
    /// there is one of our own.
    User meet(store::Tx& tx, const Scope& scope, const OutsideIdentity& identity);

    struct Credentials
    {
        Id user = 0;
        std::string username;
        std::string passwordHash;
    };

    /// Of an active user.
    std::optional<Credentials> credentials(store::Session& session, const Scope& scope,
                                           std::string_view username) const;
    /// False when the password was changed, or the user deactivated, since `credentials` were read.
    /// `newHash`: the same password, hashed as is usual today.
    bool signedIn(store::Tx& tx, const Scope& scope, const Credentials& credentials,
                  const std::string& newHash);

private:
    bool isAdministrator(std::string_view role) const;
    int administrators(store::Tx& tx, const Scope& scope, Id except = 0) const;
    static User require(store::Tx& tx, const Scope& scope, Id user);
    void requireManaged(const Manager& by, std::string_view role, const std::string& who) const;
    std::optional<User> insert(store::Tx& tx, const Scope& scope, const std::string& username,
                               const std::string& role, const std::string& passwordHash);
    void save(store::Tx& tx, const Scope& scope, const User& before, User& user,
              const UserFields& fields);

    IdGenerator& _ids;
    const Clock& _clock;
    const Roles& _roles;
    Sessions& _sessions;
    IssuedKeys& _keys;
};

/// As usernames are kept and looked for.
std::string usernameOf(std::string_view typed);

} // namespace spokehub::access
