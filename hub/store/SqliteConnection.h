#pragma once

#include "store/Connection.h"

namespace spokehub::store
{

/// Opens (and makes, unless `readOnly`) the file in WAL mode, synchronous=FULL: a commit that
/// returned is durable. Throws StoreError(ConnectionLost) when the file cannot be opened.
std::unique_ptr<Connection> openSqlite(const std::string& file, bool readOnly);

} // namespace spokehub::store
