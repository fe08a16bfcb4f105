/* Compiled as C and as C++: the border has not changed what it released. */
#include "1.2.h"
