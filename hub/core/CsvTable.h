#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub
{

/// A record of CSV, and the line of the file that it begins in.
struct CsvRow
{
    std::size_t line = 0;
    std::vector<std::string> cells;
    std::string_view text; // as it stands in the file, with its line end
};

/// Reads CSV (RFC 4180; line ends may be LF alone, and a byte order mark may stand before it).
/// Lines without anything are left out, and so is the quote that csvOf() puts before what a
/// spreadsheet would run. Throws Error(BadRequest), naming the line: a quote that never ends, text
/// behind a quoted cell, what is not UTF-8, more rows than that.
std::vector<CsvRow> readCsv(std::string_view text, std::size_t rowsMax);

} // namespace spokehub
