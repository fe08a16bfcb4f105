#pragma once

#include "store/Connection.h"

namespace spokehub::store
{

/// Tells SQLite's planner what each index narrows, whatever the tables hold now. Without it, it
/// takes the tenant alone for nearly as good as a key, and goes over all that a tenant has although
/// an index was made for the question. Fixed, not measured: a plan does not change because a table
/// has grown, and nothing has to be read for it. Writes nothing when it knows. Sessions that are
/// opened afterwards go by it.
void tellPlanner(Connection& connection);

} // namespace spokehub::store
