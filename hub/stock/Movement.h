#pragma once

#include "core/Id.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::stock
{

using Quantity = std::int64_t;

/// Why a level changed; stored as a number in stock_movement.kind.
enum class MovementKind
{
    Receive = 1,
    Adjust = 2,
    Reserve = 3,
    Release = 4,
    Ship = 5,
    Restock = 6,
    Transfer = 7,
    Count = 8,
};

const char* name(MovementKind kind);
std::optional<MovementKind> movementKindFromName(std::string_view name);

/// What a movement is done for, and by whom.
struct Cause
{
    std::string what; // "msg_…", "req_…": shown id of the message, request or order
    std::string actor;
    std::string reason;
};

struct Movement
{
    Id tenant = 0;
    Id variant = 0;
    Id location = 0;
    MovementKind kind = MovementKind::Adjust;
    Quantity onHand = 0; // deltas
    Quantity reserved = 0;
    Quantity onHandAfter = 0; // of the level
    Quantity reservedAfter = 0;
    Id owner = 0; // the line or reservation whose units they are; 0: nobody's
    const Cause* cause = nullptr;
};

} // namespace spokehub::stock
