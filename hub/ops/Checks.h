#pragma once

#include "ops/Doctor.h"

namespace spokehub::ops
{

/// Rows that one step looks at.
constexpr int stepRows = 500;

/// Moves the place to the last of the next ids of a table; `{sql}` has (tenant, after, limit) and
/// answers ids in their order. Answers the range's end: the greatest id there can be, at its last.
Id nextRange(Doctor::Look& look, const store::Sql& sql);

// ---- StockChecks.cpp
/// Levels are what their last movement left, and what is reserved is the sum of the holds.
void checkLevels(const Doctor::Parts& parts, Doctor::Look& look);
/// Each movement adds up with the one before it, and none stands beside its level's history.
void checkMovements(const Doctor::Parts& parts, Doctor::Look& look);
/// Units are held only by what may still want them.
void checkReservations(const Doctor::Parts& parts, Doctor::Look& look);

// ---- OrderChecks.cpp
/// Orders and their lines are what their facts say, and lines hold what they say they hold.
void checkOrders(const Doctor::Parts& parts, Doctor::Look& look);
/// Facts that place an order have one.
void checkFacts(const Doctor::Parts& parts, Doctor::Look& look);

// ---- SyncChecks.cpp
/// What was accepted is applied, or has failed with a reason.
void checkInbox(const Doctor::Parts& parts, Doctor::Look& look);
/// What runs is run by somebody.
void checkTasks(const Doctor::Parts& parts, Doctor::Look& look);
/// Listings show what they should, or a task is there that will tell.
void checkListings(const Doctor::Parts& parts, Doctor::Look& look);
/// Shipments of channels are told, or a task is there that will tell.
void checkShipments(const Doctor::Parts& parts, Doctor::Look& look);

} // namespace spokehub::ops
