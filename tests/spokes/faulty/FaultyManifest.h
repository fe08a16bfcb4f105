#pragma once

#include <string>

namespace faulty
{

std::string manifest();

} // namespace faulty
