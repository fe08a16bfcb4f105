#include "Check.h"

#include <iterator>

namespace spokehub::check
{

const Checks& allChecks()
{
    static const Checks all = [] {
        Checks checks;
        for (auto group :
             {loadChecks, settingsChecks, acceptChecks, translateChecks, pullChecks, pushChecks,
              verbChecks, errorChecks, rateChecks, hygieneChecks, cancelChecks, recordedChecks})
            for (auto& check : group())
                checks.push_back(std::move(check));
        return checks;
    }();
    return all;
}

} // namespace spokehub::check
