#include "store/StoreError.h"

namespace spokehub::store
{

const char* name(Failure failure)
{
    switch (failure) {
    case Failure::Unique:
        return "unique";
    case Failure::Check:
        return "check";
    case Failure::Conflict:
        return "conflict";
    case Failure::Busy:
        return "busy";
    case Failure::ConnectionLost:
        return "connection_lost";
    case Failure::UnknownOutcome:
        return "unknown_outcome";
    case Failure::Full:
        return "full";
    case Failure::ReadOnly:
        return "read_only";
    case Failure::Corrupt:
        return "corrupt";
    case Failure::Other:
        return "other";
    }
    return "other";
}

} // namespace spokehub::store
