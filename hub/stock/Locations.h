#pragma once

#include "core/Id.h"
#include "core/Scope.h"
#include "stock/Ledger.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::stock
{

struct Location
{
    Id id = 0;
    std::string name; // never changes: it stands in configurations and requests
    std::string title;
};

/// Units that go from one place to another.
struct Transfer
{
    std::string sku;
    std::string from;
    std::string to;
    Quantity quantity = 0;
    std::string reason;
};

/// Where stock lies, and units on their way from one place to another. Owns: location.
class Locations
{
public:
    Locations(Ledger& ledger, IdGenerator& ids) : _ledger(ledger), _ids(ids) {}

    /// Throws Error: BadRequest for a name that is no plain word, Conflict when it is taken.
    Location create(store::Tx& tx, const Scope& scope, const Location& wanted) const;
    /// Throws Error(NotFound).
    Location rename(store::Tx& tx, const Scope& scope, const Location& wanted) const;

    std::optional<Location> get(store::Session& session, const Scope& scope,
                                std::string_view name) const;

    /// In order of id.
    store::Page<Location> list(store::Session& session, const Scope& scope,
                               const store::PageRequest& page) const;

    /// Only what is free moves: held units stay where they are held. Throws Error: OutOfStock,
    /// NotFound, BadRequest.
    void transfer(store::Tx& tx, const Scope& scope, Id variant, const Transfer& wanted,
                  const std::string& cause) const;

private:
    Id require(store::Session& session, const Scope& scope, const std::string& name,
               const char* field) const;

    Ledger& _ledger;
    IdGenerator& _ids;
};

} // namespace spokehub::stock
