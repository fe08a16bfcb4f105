#pragma once

#include "api/Reply.h"
#include "stock/StockCommands.h"
#include "stock/StockReader.h"

#include <string>

namespace spokehub::api
{

/// Into an object that was begun.
void writeMovementMembers(JsonWriter& json, const stock::MovementRow& movement);

std::string adjustedJson(const stock::StockResult& result);

/// The level after a change of it, or why there was none.
void answerAdjusted(const Reply& reply, store::Outcome<stock::StockResult>& outcome);

} // namespace spokehub::api
