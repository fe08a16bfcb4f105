#include "core/Suggestion.h"

#include <algorithm>
#include <numeric>

namespace spokehub
{

namespace
{

/// Levenshtein's: characters put in, taken out or changed.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
        }
    }
    return row[b.size()];
}

} // namespace

std::string suggestion(std::string_view given, const std::vector<std::string>& known)
{
    std::string all;
    std::string nearest;
    std::size_t least = given.size() / 3 + 2; // farther away is no typing mistake
    for (const std::string& word : known) {
        all += (all.empty() ? "" : ", ") + word;
        const std::size_t far = distance(given, word);
        if (far < least && far < word.size()) {
            least = far;
            nearest = word;
        }
    }
    if (!nearest.empty())
        return "did you mean '" + nearest + "'?";
    return all.empty() ? "remove it; there are none" : "known are: " + all;
}

} // namespace spokehub
