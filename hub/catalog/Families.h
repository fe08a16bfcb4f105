#pragma once

#include "core/Clock.h"
#include "core/Id.h"
#include "core/Scope.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::catalog
{

struct Family
{
    Id id = 0;
    std::string code; // five digits, unique in the tenant
    std::string title;
    std::string category;
    Time createdAt;
    Time updatedAt;
};

struct NewFamily
{
    std::string code;
    std::string title;
    std::string category{};
};

struct FamilyPatch
{
    std::optional<std::string> title{};
    std::optional<std::string> category{};
};

struct FamilyQuery
{
    std::optional<std::string> category{};
    std::optional<Time> updatedSince{}; // then in the order of the change
};

/// A family groups the identities of one product line under a five-digit code.
/// Owns: family.
class Families
{
public:
    Families(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    /// Throws Error(Conflict) when the code is taken.
    Family create(store::Tx& tx, const Scope& scope, const NewFamily& wanted);

    /// Its code never changes. Throws Error(NotFound).
    Family patch(store::Tx& tx, const Scope& scope, Id id, const FamilyPatch& patch);
    /// Throws Error: NotFound, Conflict when identities hang on it.
    void remove(store::Tx& tx, const Scope& scope, Id id);

    std::optional<Family> get(store::Session& session, const Scope& scope, Id id) const;
    std::optional<Family> byCode(store::Session& session, const Scope& scope,
                                 std::string_view code) const;
    store::Page<Family> list(store::Session& session, const Scope& scope,
                             const store::PageRequest& page, const FamilyQuery& query = {}) const;

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::catalog
