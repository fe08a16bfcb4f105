#include "stock/Movement.h"

namespace spokehub::stock
{

const char* name(MovementKind kind)
{
    switch (kind) {
    case MovementKind::Receive:
        return "receive";
    case MovementKind::Adjust:
        return "adjust";
    case MovementKind::Reserve:
        return "reserve";
    case MovementKind::Release:
        return "release";
    case MovementKind::Ship:
        return "ship";
    case MovementKind::Restock:
        return "restock";
    case MovementKind::Transfer:
        return "transfer";
    case MovementKind::Count:
        return "count";
    }
    return "?";
}

} // namespace spokehub::stock
