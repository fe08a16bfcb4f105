/* What version 1.1 of the border appended to 1.0 (see there). */
#ifndef SPOKEHUB_ABI_1_1_H
#define SPOKEHUB_ABI_1_1_H

#include "1.0.h"

SPH_VALUE(SPH_DOC_PARCEL, 14);

#endif
