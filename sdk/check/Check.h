#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace spokehub::check
{

class Trial;

enum class Verdict
{
    Passed,
    Failed,
    Skipped,
};

/// How one check ended; `seen` says why when it did not pass.
struct Outcome
{
    Verdict verdict = Verdict::Passed;
    std::string seen{};
};

/// Ends a check: this was seen, and it is wrong.
class Fault : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// Ends a check: it does not apply, for this reason.
class Skip : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// One thing that is wanted of every spoke.
struct Check
{
    std::string id;     // "push.same_key_once"; the group stands before the point
    std::string wants;  // a sentence
    std::string remedy; // what an author does when it fails
    void (*run)(Trial& trial);
    int patience = 1; // how many times the usual patience it may take

    std::string group() const { return id.substr(0, id.find('.')); }
};

using Checks = std::vector<Check>;

/// Group by group, in the order in which they are run.
const Checks& allChecks();

Checks loadChecks();
Checks settingsChecks();
Checks acceptChecks();
Checks translateChecks();
Checks pullChecks();
Checks pushChecks();
Checks verbChecks(); // check and subscribe
Checks errorChecks();
Checks rateChecks();
Checks hygieneChecks();
Checks cancelChecks();
Checks recordedChecks();

} // namespace spokehub::check
