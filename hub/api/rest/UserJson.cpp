#include "api/rest/UserJson.h"

#include "api/Shown.h"

namespace spokehub::api
{

void writeUser(JsonWriter& json, const access::User& user)
{
    json.member("id", showId(prefix::user, user.id))
        .member("username", user.username)
        .member("email", user.email)
        .member("full_name", user.fullName)
        .member("phone", user.phone)
        .member("job_title", user.jobTitle)
        .member("department", user.department)
        .member("role", user.role)
        .member("active", user.active)
        .member("created_by", user.createdBy)
        .member("created_at", toIso(user.createdAt))
        .member("updated_at", toIso(user.updatedAt))
        .member("signed_in_at", shown(user.signedInAt));
}

void writePermissions(JsonWriter& json, Permissions permissions)
{
    json.key("permissions").beginArray();
    for (const Permission permission : allPermissions())
        if (permissions.has(permission))
            json.value(name(permission));
    json.endArray();
}

} // namespace spokehub::api
