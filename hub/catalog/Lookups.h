#pragma once

#include "core/Clock.h"
#include "core/Scope.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace spokehub::catalog
{

enum class LookupKind
{
    Color,
    Brand,
};

/// A code that stands in variants, and what people call it.
struct Lookup
{
    std::string code;
    std::string title;
};

/// The conditions that SKUs know; they are the same everywhere.
std::span<const Lookup> conditions();

/// Codes and their titles, for those who choose and those who read; variants may hold codes that
/// stand in no table. Owns: lookup.
class Lookups
{
public:
    explicit Lookups(const Clock& clock) : _clock(clock) {}

    /// Throws Error: BadRequest for a code that fits no SKU (a colour is two upper-case letters),
    /// Conflict when it is there.
    Lookup create(store::Tx& tx, const Scope& scope, LookupKind kind, const Lookup& wanted) const;
    /// Throws Error(NotFound).
    Lookup rename(store::Tx& tx, const Scope& scope, LookupKind kind, const Lookup& wanted) const;

    std::optional<Lookup> get(store::Session& session, const Scope& scope, LookupKind kind,
                              std::string_view code) const;

    /// In order of code.
    store::Page<Lookup> list(store::Session& session, const Scope& scope, LookupKind kind,
                             const store::PageRequest& page) const;

private:
    const Clock& _clock;
};

} // namespace spokehub::catalog
