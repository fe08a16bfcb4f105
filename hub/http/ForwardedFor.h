#pragma once

#include "http/Address.h"
#include "http/Gate.h"
#include "http/Message.h"

namespace spokehub::http
{

/// Sets remoteAddress and viaLoopback. X-Forwarded-For is read from its end, as long as those who
/// wrote it are trusted proxies; what others claim counts for nothing.
void setOrigin(Request& request, const Address& peer, const Gate& gate);

} // namespace spokehub::http
