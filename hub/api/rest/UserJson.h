#pragma once

#include "access/Users.h"
#include "core/Json.h"

namespace spokehub::api
{

/// The members of a person; the caller opens and closes the object.
void writeUser(JsonWriter& json, const access::User& user);

void writePermissions(JsonWriter& json, Permissions permissions);

} // namespace spokehub::api
