#pragma once

#include "cli/Verb.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace spokehub::cli
{

/// The program `spokehub`: finds the verb and runs it. Answers the exit code.
int run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

/// All there are, noun by noun.
const std::vector<Verb>& verbs();

} // namespace spokehub::cli
