#pragma once

#include "store/Statement.h"

#include <string>
#include <string_view>

namespace spokehub::store
{

/// The text of a statement as one engine reads it: markers replaced, blocks of the other engine
/// left out, and for SQLite `$1` written as `?1`, so that a parameter has its number and not the
/// place of its first use. What stands in quotes is never touched. `{rows}` becomes one tuple of
/// `columns` parameters for SQLite, and for PostgreSQL the rows of as many arrays. Throws
/// StoreError(Other) for an unknown or unfinished marker, and for a row set's when `columns` is 0.
std::string statementText(std::string_view text, Engine engine, std::size_t columns = 0);

/// Throws StoreError(Other) when a text parameter holds a NUL character, which neither engine
/// keeps.
void refuseNul(std::span<const Param> params);

} // namespace spokehub::store
