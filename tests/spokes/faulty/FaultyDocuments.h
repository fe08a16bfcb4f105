#pragma once

#include "spokehub/Spoke.h"

#include <nlohmann/json.hpp>

namespace faulty
{

using Json = nlohmann::json;

/// An order as the shop writes it. Throws Failure(Rejected) naming the member that is wrong.
spokehub::Order orderOf(const Json& from);

/// What a webhook of that topic means.
void say(const spokehub::Host& host, std::string_view topic, const Json& body, spokehub::Out& out);

/// A careless walk over JSON text, one call for each bracket.
int walk(std::string_view text, std::size_t at);

} // namespace faulty
