#pragma once

#include "http/Message.h"

#include <string>
#include <string_view>

namespace spokehub::api
{

/// The rows of a list as CSV (RFC 4180): a line of names, taken from the first row, and a line for
/// each row. What is an object or a list stands as JSON in its field; a text that a spreadsheet
/// would run as a formula gets a quote before it.
std::string csvOf(std::string_view listJson);

/// Whether the caller would rather have CSV than JSON.
bool wantsCsv(const http::Request& request);

/// The same list as CSV; where the next page begins is told in X-Next-Cursor.
http::Response csvResponse(const http::Response& list);

} // namespace spokehub::api
