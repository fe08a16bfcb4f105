#pragma once

#include "core/Clock.h"
#include "core/Id.h"
#include "core/Scope.h"
#include "core/TimeZone.h"
#include "store/Session.h"

#include <span>
#include <string>
#include <vector>

namespace spokehub::orders
{

/// A day at a place, as the moments between which it lies.
struct DaySpan
{
    std::string day; // "2026-11-20"
    Time from;
    Time to;
};

/// The days from the first to the last, both included.
std::vector<DaySpan> spansOf(Day first, Day last, const TimeZone& zone);

struct DailySales
{
    std::string day;
    Id channel = 0;
    std::string currency;
    std::int64_t orders = 0; // without cancelled ones
    std::int64_t cancelled = 0;
    std::int64_t total = 0;
    std::int64_t refunded = 0;
};

struct DailyProgress
{
    std::string day; // on which they were placed
    Id channel = 0;
    std::string status;
    std::int64_t orders = 0;
};

/// Sums over orders, by the day and channel of their placing; test orders are left out. One
/// statement each, along the index by time.
class Reports
{
public:
    std::vector<DailySales> sales(store::Session& session, const Scope& scope,
                                  std::span<const DaySpan> days) const;
    std::vector<DailyProgress> progress(store::Session& session, const Scope& scope,
                                        std::span<const DaySpan> days) const;
};

} // namespace spokehub::orders
