#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>

namespace spokehub::test
{

struct Outcome
{
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    std::string failures; // told again at the end of a long run

    void add(const Outcome& other);
};

/// Does `one` for 0 … count - 1 in `processes` forks of this one: each takes the next as soon as it
/// has done one, so that they end together. What `one` prints comes out whole. A process that dies
/// fails the one it was at, and the others go on. Before this process has threads.
Outcome inProcesses(int processes, std::size_t count,
                    const std::function<Outcome(std::size_t, std::ostream&)>& one,
                    const std::function<std::string(std::size_t)>& nameOf);

} // namespace spokehub::test
