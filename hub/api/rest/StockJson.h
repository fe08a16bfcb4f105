#pragma once

#include "api/Reply.h"
#include "stock/StockCommands.h"

namespace spokehub::api
{

/// The level after a change of it, or why there was none.
void answerAdjusted(const Reply& reply, store::Outcome<stock::StockResult>& outcome);

} // namespace spokehub::api
