#pragma once

#include "Runner.h"

#include <ostream>
#include <string>
#include <vector>

namespace spokehub::check
{

/// What was certified, and how it went.
struct Report
{
    std::string file;
    std::vector<Result> results;

    std::size_t count(Verdict verdict) const;
    bool good() const { return count(Verdict::Failed) == 0; }
};

void writeTable(std::ostream& out, const Report& report, bool all);
void writeJson(std::ostream& out, const Report& report);
void writeJunit(std::ostream& out, const Report& report);

} // namespace spokehub::check
