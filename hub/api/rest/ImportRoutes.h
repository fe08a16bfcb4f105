#pragma once

#include "api/ApiParts.h"
#include "api/Imports.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/import: many things from a table (CSV), each said by its own name, so that the same
/// table twice changes nothing. All rows are tried first; when one is refused, nothing is done.
class ImportRoutes
{
public:
    explicit ImportRoutes(const ApiParts& parts) : _parts(parts), _imports(parts) {}

    void declare(Router& router);

private:
    struct Table;
    struct Result;

    http::Response take(Call& call, const ImportKind& kind);
    Result run(const Call& call, const ImportKind& kind, const Table& table, bool tried) const;

    const ApiParts& _parts;
    Imports _imports;
};

} // namespace spokehub::api
