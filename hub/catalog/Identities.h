#pragma once

#include "catalog/Upis.h"
#include "core/Clock.h"
#include "core/Id.h"
#include "core/Scope.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::catalog
{

struct Identity
{
    Id id = 0;
    Id family = 0;
    IdentityType type = IdentityType::Product;
    std::optional<int> index; // of a part
    std::string upisH;
    std::string signature;
    std::string title;
    Time createdAt;
};

struct NewIdentity
{
    Id family = 0;
    IdentityType type = IdentityType::Product;
    std::optional<int> index{}; // of a part; the next free one when it is not given
    std::string title{};
};

struct IdentityQuery
{
    std::optional<Id> family{};
    std::optional<IdentityType> type{};
    std::optional<Time> madeSince{}; // then in the order in which they were made
};

/// An identity says what a thing is, for ever: it is never changed or removed, and a trigger
/// refuses it. Owns: identity.
class Identities
{
public:
    Identities(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    /// Throws Error(Conflict) when the identity exists, or when the family has no free component
    /// index left.
    Identity create(store::Tx& tx, const Scope& scope, const NewIdentity& wanted);

    std::optional<Identity> get(store::Session& session, const Scope& scope, Id id) const;
    std::optional<Identity> byUpisH(store::Session& session, const Scope& scope,
                                    std::string_view upisH) const;
    /// In order of id.
    store::Page<Identity> list(store::Session& session, const Scope& scope,
                               const store::PageRequest& page,
                               const IdentityQuery& query = {}) const;
    /// At most 102: a product, a bundle, a kit and 99 parts.
    std::vector<Identity> ofFamily(store::Session& session, const Scope& scope, Id family) const;

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::catalog
