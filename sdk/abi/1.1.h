/* What version 1.1 of the border appended to 1.0 (see there). */
#ifndef SPOKEHUB_ABI_1_1_H
#define SPOKEHUB_ABI_1_1_H

#include "1.0.h"

#ifdef __cplusplus
#define SPH_SURE(condition, what) static_assert(condition, what)
#else
#define SPH_SURE(condition, what) _Static_assert(condition, what)
#endif

SPH_SURE((int)(SPH_DOC_PARCEL) == 14, "SPH_DOC_PARCEL has another number than in 1.1");

#undef SPH_SURE

#endif
