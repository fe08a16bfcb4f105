#pragma once

#include "http/Message.h"

#include <string>
#include <string_view>
#include <vector>

namespace spokehub::api
{

/// A line of names.
std::string csvHead(const std::vector<std::string>& columns);

/// The rows of a list as CSV, without a line of names.
std::string csvRows(std::string_view listJson, const std::vector<std::string>& columns);

/// The rows of a list as CSV (RFC 4180): a line of names, taken from the first row, and a line for
/// each row. What is an object or a list stands as JSON in its field; a text that a spreadsheet
/// would run as a formula gets a quote before it.
std::string csvOf(std::string_view listJson);

/// A text from a table, without the quote that stands before a formula in ours.
std::string_view csvText(std::string_view cell);

/// Whether the caller would rather have CSV than JSON.
bool wantsCsv(const http::Request& request);

/// Where the next page of a list begins; empty at its end.
std::string nextCursorOf(std::string_view listJson);

/// The same list as CSV, also when it is empty; of a page, X-Next-Cursor tells where the next one
/// begins.
http::Response csvResponse(const http::Response& list, const std::vector<std::string>& columns);

} // namespace spokehub::api
