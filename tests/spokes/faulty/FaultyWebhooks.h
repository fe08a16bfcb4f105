#pragma once

#include "spokehub/Spoke.h"

namespace faulty
{

/// X-Faulty-Signature is the base64 of HMAC-SHA-256 over "X-Faulty-Time.body"; the time is in
/// seconds since 1970 and may be 300 seconds off.
spokehub::Accepted accept(const spokehub::Host& host, const spokehub::Request& request);

/// The body is an order of the shop, {"id": ...}: thin for orders/thin, a level for stock/changed.
spokehub::Class translate(const spokehub::Host& host, const spokehub::Message& message,
                          spokehub::Out& out);

} // namespace faulty
