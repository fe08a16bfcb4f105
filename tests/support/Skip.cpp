#include "support/Skip.h"

#include <iostream>
#include <set>

namespace spokehub::test
{

namespace
{

int count = 0;

} // namespace

void skip(const std::string& reason, int tests)
{
    static std::set<std::string> said;
    count += tests;
    if (said.insert(reason).second)
        std::cout << "\nSKIP " << reason << std::endl;
}

int skips()
{
    return count;
}

} // namespace spokehub::test
