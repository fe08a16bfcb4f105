#pragma once

#include "Instance.h"

namespace spokehub::check
{

/// What is wrong with a document by the rules of DOCUMENTS.md, as the hub reads it; empty: nothing.
std::string mistakeIn(std::int32_t kind, const Value& document);

/// The first mistake of all that a verb said; empty: none.
std::string mistakeIn(const Said& said);

} // namespace spokehub::check
