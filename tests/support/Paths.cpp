#include "support/Paths.h"

namespace spokehub::test
{

const char* const sourceDir = SPOKEHUB_SOURCE_DIR;
const char* const binaryDir = SPOKEHUB_BINARY_DIR;

} // namespace spokehub::test
