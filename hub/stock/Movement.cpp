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

std::optional<MovementKind> movementKindFromName(std::string_view wanted)
{
    for (int i = 1; i <= static_cast<int>(MovementKind::Count); ++i)
        if (const auto kind = static_cast<MovementKind>(i); wanted == name(kind))
            return kind;
    return std::nullopt;
}

} // namespace spokehub::stock
