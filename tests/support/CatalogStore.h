#pragma once

#include "catalog/Bundles.h"
#include "catalog/Families.h"
#include "catalog/Identities.h"
#include "catalog/Listings.h"
#include "catalog/Variants.h"
#include "core/Error.h"
#include "store/Connection.h"
#include "support/TestClock.h"
#include "support/TestDatabase.h"

#include <set>
#include <string>
#include <utility>

namespace spokehub::test
{

/// A catalogue on a fresh database. Every write is a transaction of its own, undone when it is
/// refused.
struct CatalogStore
{
    TestDatabase database;
    TestClock clock;
    IdGenerator ids{clock, 1};
    catalog::Families families{ids, clock};
    catalog::Identities identities{ids, clock};
    catalog::Variants variants{ids, clock};
    catalog::Bundles bundles;
    catalog::Listings listings{ids, clock};
    Scope acme{mainTenant, "test"};
    Scope other{2, "test"};
    std::set<Id> changed{}; // the variants that the last write said may have changed

    template <class Work>
    auto write(const Work& work)
    {
        if (_connection == nullptr)
            _connection = database->connect();
        store::Tx tx(*_connection);
        _connection->begin(false);
        try {
            auto result = work(tx);
            _connection->commit();
            changed.clear();
            for (const auto& [tenant, variant] : tx.changedVariants())
                changed.insert(variant);
            return result;
        } catch (...) {
            _connection->rollback();
            throw;
        }
    }

    template <class Work>
    auto read(const Work& work)
    {
        decltype(work(std::declval<store::Session&>())) result;
        database->read([&](store::Session& session) { result = work(session); });
        return result;
    }

    /// What the refusal says; "it was taken" when there is none.
    template <class Work>
    std::string refusalOf(const Work& work)
    {
        try {
            write(work);
        } catch (const Error& error) {
            lastRefusal = error.refusal();
            return error.what();
        }
        return "it was taken";
    }
    Refusal lastRefusal = Refusal::BadRequest;

    Id variant(const std::string& sku, const std::string& category = {})
    {
        return write([&](store::Tx& tx) {
            return variants.create(tx, acme, {.sku = sku, .category = category}).id;
        });
    }

private:
    std::unique_ptr<store::Connection> _connection;
};

} // namespace spokehub::test
