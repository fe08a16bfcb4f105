#pragma once

#include "api/ApiParts.h"
#include "api/Fields.h"
#include "api/VariantCommands.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::api
{

/// What a column of a table holds.
enum class ColumnType
{
    Text,
    Number,
};

struct ImportColumn
{
    std::string_view name;
    ColumnType type = ColumnType::Text;
};

/// What became of a row.
enum class ImportOutcome
{
    Made,
    Changed,
    Unchanged,
};

/// How one kind of thing comes from a table: each row says what a thing shall be, found by its own
/// name (SKU, code), so that the same table twice changes nothing.
struct ImportKind
{
    std::string_view name; // "variants"
    Permission permission;
    std::vector<ImportColumn> columns;
    std::function<ImportOutcome(store::Tx&, const Scope&, const std::string& cause, Fields&)> row;
};

/// What may be imported. Cells that are empty say nothing of their column.
class Imports
{
public:
    explicit Imports(const ApiParts& parts) : _parts(parts), _variantCommands(parts) {}

    std::vector<ImportKind> kinds();

private:
    ImportOutcome family(store::Tx& tx, const Scope& scope, Fields& fields) const;
    ImportOutcome identity(store::Tx& tx, const Scope& scope, Fields& fields) const;
    ImportOutcome variant(store::Tx& tx, const Scope& scope, const std::string& cause,
                          Fields& fields) const;
    ImportOutcome level(store::Tx& tx, const Scope& scope, const std::string& cause,
                        Fields& fields) const;
    ImportOutcome listing(store::Tx& tx, const Scope& scope, const std::string& cause,
                          Fields& fields) const;

    const ApiParts& _parts;
    VariantCommands _variantCommands;
};

} // namespace spokehub::api
