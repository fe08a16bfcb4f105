#pragma once

#include <string>
#include <string_view>

namespace spokehub::api
{

/// The strong entity tag of an answer: another one when a byte of it is another. What goes by by
/// itself (an age, a channel's lag) stands behind a dot in it.
std::string etagOf(std::string_view body);

/// Whether a header of If-None-Match names this tag, or anything ("*"): the caller has the answer.
bool namesEtag(std::string_view header, std::string_view etag);

/// Throws Error(PreconditionFailed) when a header of If-Match names the thing as something else
/// than what GET would answer now; that only time has passed is no change of it. To be asked in the
/// transaction that changes it.
void requireMatch(std::string_view header, std::string_view body);

} // namespace spokehub::api
