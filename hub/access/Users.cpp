#include "access/Users.h"

#include "access/IssuedKeys.h"
#include "access/Providers.h"
#include "access/Sessions.h"
#include "core/FieldChecks.h"

#include <algorithm>

namespace spokehub::access
{

namespace
{

constexpr std::size_t usernameMax = 100;
constexpr std::size_t fieldMax = 200;
constexpr std::size_t subjectShown = 40; // characters of a subject in a username
constexpr const char* firstAdministrator =
    "the first administrator is made on the hub's machine: spokehub user add";

#define USER_COLUMNS                                                                               \
    "id, username, email, full_name, phone, job_title, department, role, active, created_by, "     \
    "created_at, updated_at, signed_in_at FROM user_account WHERE tenant_id = $1 "
constexpr store::Sql userById{"SELECT " USER_COLUMNS "AND id = $2"};
constexpr store::Sql userLocked{"SELECT " USER_COLUMNS "AND id = $2 {lock}"};
constexpr store::Sql userByName{"SELECT " USER_COLUMNS "AND username = $2"};
constexpr store::Sql usersAfter{"SELECT " USER_COLUMNS "AND id > $2 ORDER BY id LIMIT $3"};
#undef USER_COLUMNS

constexpr store::Sql insertUser{
    "INSERT INTO user_account (tenant_id, id, username, role, password, created_by, created_at, "
    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"};
constexpr store::Sql updateUser{
    "UPDATE user_account SET email = $1, full_name = $2, phone = $3, job_title = $4, "
    "department = $5, role = $6, active = $7, updated_at = $8 WHERE tenant_id = $9 AND id = $10"};
constexpr store::Sql updatePassword{
    "UPDATE user_account SET password = $1, updated_at = $2 WHERE tenant_id = $3 AND id = $4"};
constexpr store::Sql activeRoles{
    "SELECT u.id, u.role FROM user_account u WHERE u.tenant_id = $1 AND u.active = 1 "
    "AND NOT EXISTS (SELECT 1 FROM user_identity i WHERE i.tenant_id = u.tenant_id "
    "AND i.user_id = u.id) ORDER BY u.id {lock}"};
constexpr store::Sql identityUser{"SELECT user_id FROM user_identity WHERE tenant_id = $1 "
                                  "AND issuer = $2 AND subject = $3"};
constexpr store::Sql insertIdentity{
    "INSERT INTO user_identity (tenant_id, issuer, subject, user_id) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT DO NOTHING"};
constexpr store::Sql credentialsByName{
    "SELECT id, username, password FROM user_account WHERE tenant_id = $1 AND username = $2 "
    "AND active = 1 AND password <> ''"};
constexpr store::Sql noteSignIn{
    "UPDATE user_account SET password = $1, signed_in_at = $2 WHERE tenant_id = $3 AND id = $4 "
    "AND password = $5 AND active = 1"};

User userOf(const store::Row& row)
{
    return {row.integer(0), row.string(1), row.string(2),    row.string(3),  row.string(4),
            row.string(5),  row.string(6), row.string(7),    row.boolean(8), row.string(9),
            row.time(10),   row.time(11),  row.maybeTime(12)};
}

std::optional<User> one(store::Session& session, const store::Sql& sql, store::Params params)
{
    std::optional<User> user;
    session.query(sql, params, [&](const store::Row& row) { user = userOf(row); });
    return user;
}

bool isUsernameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           c == '@' || c == '+';
}

bool isUsername(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, isUsernameCharacter);
}

/// What somebody else says of a person may be anything.
bool isShowable(const std::string& text)
{
    try {
        FieldChecks().text("text", text, 0, fieldMax).refuse("it");
        return true;
    } catch (const Error&) {
        return false;
    }
}

bool isEmail(const std::string& text)
{
    const auto at = text.find('@');
    return at != text.npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == text.npos && text.find(' ') == text.npos;
}

/// Nothing is noted when nothing is different.
void noteChange(store::Tx& tx, const User& before, const User& after)
{
    store::Difference difference(showId("usr", after.id));
    difference.from("username", before.username, after.username)
        .from("role", before.role, after.role)
        .from("active", before.active, after.active)
        .from("full_name", before.fullName, after.fullName)
        .from("email", before.email, after.email)
        .from("phone", before.phone, after.phone)
        .from("job_title", before.jobTitle, after.jobTitle)
        .from("department", before.department, after.department);
    if (!difference.empty())
        tx.note(difference);
}

} // namespace

std::string usernameOf(std::string_view typed)
{
    std::string name(typed);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name;
}

bool manages(const Manager& manager, Permissions other)
{
    if (!manager.granted.includes(other))
        return false;
    return manager.may.has(Permission::UsersManage) ||
           (manager.may.has(Permission::EmployeesManage) && !other.has(Permission::UsersManage) &&
            !other.has(Permission::EmployeesManage));
}

bool Users::isAdministrator(std::string_view role) const
{
    return _roles.of(role).value_or(Permissions()).has(Permission::UsersManage);
}

int Users::administrators(store::Tx& tx, const Scope& scope, Id except) const
{
    int count = 0;
    tx.query(activeRoles, {scope.tenant}, [&](const store::Row& row) {
        if (row.integer(0) != except && isAdministrator(row.text(1)))
            ++count;
    });
    return count;
}

void Users::requireManaged(const Manager& by, std::string_view role, const std::string& who) const
{
    if (!manages(by, _roles.of(role).value_or(Permissions())))
        throw Error(Refusal::Forbidden, by.scope.actor + " does not manage " + who +
                                            ", whose role is " + std::string(role));
}

User Users::require(store::Tx& tx, const Scope& scope, Id user)
{
    auto found = one(tx, userLocked, {scope.tenant, user});
    if (!found)
        throw Error(Refusal::NotFound, "there is no user " + showId("usr", user));
    return *std::move(found);
}

void Users::save(store::Tx& tx, const Scope& scope, const User& before, User& user,
                 const UserFields& fields)
{
    FieldChecks checks;
    const auto take = [&](std::string& into, const std::optional<std::string>& given,
                          std::string_view field) {
        into = given.value_or(std::move(into));
        checks.text(field, into, 0, fieldMax);
    };
    take(user.fullName, fields.fullName, "full_name");
    take(user.phone, fields.phone, "phone");
    take(user.jobTitle, fields.jobTitle, "job_title");
    take(user.department, fields.department, "department");
    take(user.email, fields.email, "email");
    checks
        .require(user.email.empty() || isEmail(user.email), "email",
                 "is not an address such as ann@example.com")
        .refuse("user");
    noteChange(tx, before, user);
    user.updatedAt = _clock.now();
    tx.write(updateUser, {user.email, user.fullName, user.phone, user.jobTitle, user.department,
                          user.role, user.active, user.updatedAt, scope.tenant, user.id});
}

/// Nothing when the username is taken.
std::optional<User> Users::insert(store::Tx& tx, const Scope& scope, const std::string& username,
                                  const std::string& role, const std::string& passwordHash)
{
    const Time now = _clock.now();
    User user{.id = _ids.next(),
              .username = username,
              .role = role,
              .createdBy = scope.actor,
              .createdAt = now};
    tx.grew(scope.tenant, "users");
    const bool done = tx.execute(insertUser, {scope.tenant, user.id, username, role, passwordHash,
                                              user.createdBy, now, now}) == 1;
    return done ? std::optional(std::move(user)) : std::nullopt;
}

User Users::create(store::Tx& tx, const Manager& by, const NewUser& wanted)
{
    const std::string username = usernameOf(wanted.username);
    FieldChecks()
        .text("username", username, 1, usernameMax)
        .require(isUsername(username), "username",
                 "must be letters, digits and any of . _ - @ + without blanks")
        .require(_roles.of(wanted.role).has_value(), "role", "is not a role of this hub")
        .refuse("user");
    requireManaged(by, wanted.role, "people");
    if (isAdministrator(wanted.role) && !by.onStore && administrators(tx, by.scope) == 0)
        throw Error(Refusal::Conflict, firstAdministrator);

    auto user = insert(tx, by.scope, username, wanted.role, wanted.passwordHash);
    if (!user)
        throw Error(Refusal::Conflict, "the username " + username + " is taken",
                    {{"username", "is taken"}});
    save(tx, by.scope, User{.id = user->id, .active = false}, *user, wanted.fields);
    return *std::move(user);
}

User Users::change(store::Tx& tx, const Manager& by, Id id, const UserChange& change)
{
    // Before anything is read: who changes administrators at the same time waits here.
    const int others = administrators(tx, by.scope, id);
    User user = require(tx, by.scope, id);
    requireManaged(by, user.role, user.username);
    const User before = user;
    if (change.role) {
        FieldChecks()
            .require(_roles.of(*change.role).has_value(), "role", "is not a role of this hub")
            .refuse("user");
        requireManaged(by, *change.role, user.username);
        user.role = *change.role;
    }
    user.active = change.active.value_or(user.active);
    const auto counts = [&](const User& each) { return each.active && isAdministrator(each.role); };
    if (counts(before) && !counts(user) && others == 0)
        throw Error(Refusal::Conflict, user.username + " is the last administrator and stays one");
    if (!counts(before) && counts(user) && !by.onStore && others == 0)
        throw Error(Refusal::Conflict, firstAdministrator);
    save(tx, by.scope, before, user, change.fields);
    if (!before.active && user.active)
        tx.grew(by.scope.tenant, "users");
    if (before.active && !user.active) {
        _sessions.endAll(tx, by.scope, id);
        _keys.revokeAllOf(tx, by.scope, id);
    }
    return user;
}

void Users::setPassword(store::Tx& tx, const Manager& by, Id id, const std::string& hash)
{
    const User user = require(tx, by.scope, id);
    requireManaged(by, user.role, user.username);
    changeOwnPassword(tx, by.scope, id, hash, 0);
}

User Users::changeProfile(store::Tx& tx, const Scope& scope, Id id, const UserFields& fields)
{
    User user = require(tx, scope, id);
    const User before = user;
    save(tx, scope, before, user, {fields.fullName, fields.email, fields.phone});
    return user;
}

void Users::changeOwnPassword(store::Tx& tx, const Scope& scope, Id user, const std::string& hash,
                              Id session)
{
    tx.write(updatePassword, {hash, _clock.now(), scope.tenant, user});
    tx.note(store::Difference(showId("usr", user)).changed("password"));
    _sessions.endAll(tx, scope, user, session);
}

std::optional<User> Users::get(store::Session& session, const Scope& scope, Id user) const
{
    return one(session, userById, {scope.tenant, user});
}

std::optional<User> Users::byName(store::Session& session, const Scope& scope,
                                  std::string_view username) const
{
    const std::string name = usernameOf(username);
    return one(session, userByName, {scope.tenant, name});
}

store::Page<User> Users::list(store::Session& session, const Scope& scope,
                              const store::PageRequest& page) const
{
    constexpr std::string_view name = "users";
    const Id after = page.afterId(name);
    std::vector<User> rows;
    session.query(usersAfter, {scope.tenant, after, page.limit + 1},
                  [&](const store::Row& row) { rows.push_back(userOf(row)); });
    return store::pageOf(name, page, std::move(rows),
                         [](const User& user) { return std::to_string(user.id); });
}

std::optional<User> Users::byIdentity(store::Session& session, const Scope& scope,
                                      const OutsideIdentity& identity) const
{
    std::optional<Id> user;
    session.query(identityUser, {scope.tenant, identity.issuer, identity.subject},
                  [&](const store::Row& row) { user = row.integer(0); });
    return user ? get(session, scope, *user) : std::nullopt;
}

User Users::meet(store::Tx& tx, const Scope& scope, const OutsideIdentity& identity)
{
    if (isAdministrator(identity.role) && administrators(tx, scope) == 0)
        throw Error(Refusal::Conflict, firstAdministrator);
    auto known = byIdentity(tx, scope, identity);
    if (known)
        known = require(tx, scope, known->id); // locked
    else {
        std::string name = usernameOf(identity.subject.substr(0, subjectShown));
        std::ranges::replace_if(
            name, [](char c) { return !isUsernameCharacter(c); }, '-');
        known = insert(tx, scope, name + "@" + identity.provider, identity.role, {});
        if (!known) // somebody else looks the same
            known =
                insert(tx, scope, name + "+" + showId("usr", _ids.next()) + "@" + identity.provider,
                       identity.role, {});
        // Another hub may meet him at the same moment: then this is done again, and he is known.
        if (tx.execute(insertIdentity,
                       {scope.tenant, identity.issuer, identity.subject, known->id}) != 1)
            throw store::StoreError(store::Failure::Conflict, "",
                                    "two hubs met the same person for the first time");
    }
    const User before = *known;
    known->role = identity.role;
    UserFields said;
    if (isShowable(identity.fullName))
        said.fullName = identity.fullName;
    if (isShowable(identity.email) && isEmail(identity.email))
        said.email = identity.email;
    save(tx, scope, before, *known, said);
    return *std::move(known);
}

std::optional<Users::Credentials> Users::credentials(store::Session& session, const Scope& scope,
                                                     std::string_view username) const
{
    const std::string name = usernameOf(username);
    std::optional<Credentials> found;
    session.query(credentialsByName, {scope.tenant, name}, [&](const store::Row& row) {
        found = Credentials{row.integer(0), row.string(1), row.string(2)};
    });
    return found;
}

bool Users::signedIn(store::Tx& tx, const Scope& scope, const Credentials& credentials,
                     const std::string& newHash)
{
    return tx.execute(noteSignIn, {newHash, _clock.now(), scope.tenant, credentials.user,
                                   credentials.passwordHash}) == 1;
}

} // namespace spokehub::access
