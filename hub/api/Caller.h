#pragma once

#include "access/ApiKeys.h"
#include "http/Message.h"

namespace spokehub::api
{

/// Who sent this request, by its key: `Authorization: Bearer`, `X-Api-Key` or `x-admin-key`. Throws
/// Error(Unauthorized) when there is none, or one that nobody knows.
access::Caller callerOf(const http::Request& request, const access::ApiKeys& keys);

} // namespace spokehub::api
