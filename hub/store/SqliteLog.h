#pragma once

namespace spokehub::store
{

/// From now on SQLite hands what a transaction adds to its log (the WAL) to the system in one
/// few writes instead of two for each page: at its end, and before the log is synced, read or cut,
/// so that nothing is less durable and nobody sees it later. Once, before a database is opened.
void gatherLogWrites();

} // namespace spokehub::store
