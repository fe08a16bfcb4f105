#pragma once

#include "core/Id.h"

#include <set>
#include <string>

namespace spokehub::store
{

/// For whom this thread reads and writes until this goes out of scope. Where the database itself
/// keeps tenants apart (store/Wall), it shows and takes nothing of any other; a thread that does
/// not say for whom it works sees nothing.
class Serving
{
public:
    explicit Serving(Id tenant);
    ~Serving();
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

    /// For workers that look after what belongs to all tenants: they find what is due and settle
    /// what has no tenant's meaning. Not for requests.
    static constexpr Id everybody = -1;
    static constexpr Id nobody = 0;

    static Id current();

private:
    Id _before;
};

/// Those that a transaction serves.
class Tenants
{
public:
    void add(Id tenant) { _ids.insert(tenant); }
    /// "1,7"; "all,1,7" when everybody is among them; empty for nobody.
    std::string text() const;

private:
    std::set<Id> _ids;
};

} // namespace spokehub::store
