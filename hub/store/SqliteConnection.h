#pragma once

#include "store/Checkpointer.h"
#include "store/Connection.h"

namespace spokehub::store
{

/// Opens (and makes, unless `readOnly`) the file in WAL mode, synchronous=FULL: a commit that
/// returned is durable. The log is copied into the file by the checkpointer, without one by the
/// session itself. Throws StoreError(ConnectionLost) when the file cannot be opened.
std::unique_ptr<Connection> openSqlite(const std::string& file, bool readOnly,
                                       std::shared_ptr<Checkpointer> checkpointer);

} // namespace spokehub::store
