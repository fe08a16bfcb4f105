#pragma once

#include "api/Call.h"

#include <string>
#include <string_view>

namespace spokehub::api
{

/// The strong entity tag of an answer: another one when a byte of it is another.
std::string etagOf(std::string_view body);

/// Whether a header of If-Match or If-None-Match names this tag, or anything ("*").
bool namesEtag(std::string_view header, std::string_view etag);

/// Throws Error(PreconditionFailed) when the caller knows the thing as something else than what GET
/// would answer now. To be asked in the transaction that changes it.
void requireMatch(const Call& call, std::string_view current);

} // namespace spokehub::api
