/* What version 1.2 of the border appended to 1.1 (see there). */
#ifndef SPOKEHUB_ABI_1_2_H
#define SPOKEHUB_ABI_1_2_H

#include "1.1.h"

#ifdef __cplusplus
#define SPH_SURE(condition, what) static_assert(condition, what)
#else
#define SPH_SURE(condition, what) _Static_assert(condition, what)
#endif

SPH_SURE((int)(SPH_DOC_PRIVACY) == 15, "SPH_DOC_PRIVACY has another number than in 1.2");

#undef SPH_SURE

#endif
