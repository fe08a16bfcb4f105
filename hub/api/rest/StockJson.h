#pragma once

#include "api/Reply.h"
#include "stock/StockCommands.h"

#include <string>

namespace spokehub::api
{

std::string adjustedJson(const stock::StockResult& result);

/// The level after a change of it, or why there was none.
void answerAdjusted(const Reply& reply, store::Outcome<stock::StockResult>& outcome);

} // namespace spokehub::api
