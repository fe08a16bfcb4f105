#pragma once

#include "catalog/Bundles.h"
#include "catalog/Families.h"
#include "catalog/Identities.h"
#include "catalog/Listings.h"
#include "catalog/Variants.h"
#include "core/Config.h"
#include "core/Metrics.h"
#include "orders/OrderCommands.h"
#include "orders/Orders.h"
#include "orders/PrivacyRequests.h"
#include "spokes/Channels.h"
#include "stock/Ledger.h"
#include "stock/StockCommands.h"
#include "store/Commands.h"
#include "store/Database.h"
#include "sync/Arrivals.h"
#include "sync/Tasks.h"

#include <functional>
#include <optional>
#include <string>

namespace spokehub::access
{
class Audit;
class IssuedKeys;
class Providers;
class Sessions;
class Tenants;
class Tokens;
class Users;
} // namespace spokehub::access

namespace spokehub::sync
{
class Lane;
}

namespace spokehub::api
{

class PersonalData;

/// Whether the hub can do its work.
struct Readiness
{
    bool migrated = false;
    bool database = false;  // it takes writes
    bool accepting = false; // webhooks are kept: in the database, or in the spool meanwhile
    std::string reason{};   // why the database does not
    store::Spool::Figures spool;
};

/// What only the running hub can do. Any of them may be missing: then it is not on offer.
struct ApiHooks
{
    /// The channel's lane looks for work now.
    std::function<void(Id tenant, Id channel)> wakeLane;
    /// The channel's lane pulls a stream ("orders", "listings", "levels") at its next turn.
    std::function<void(Id tenant, Id channel, const std::string& stream)> pullNow;
    /// The lane itself, to ask its spoke for something; null when there is none.
    std::function<sync::Lane*(Id tenant, Id channel)> lane;
    std::function<Readiness()> readiness;
    /// What was changed of tenants holds here at once; elsewhere it does within a second.
    std::function<void()> followTenants;
    /// The same of channels' secrets.
    std::function<void()> followSecrets;
};

/// What the API stands on; all of it outlives the API.
struct ApiParts
{
    const Config& config;
    Metrics& metrics;
    const Clock& clock;
    IdGenerator& ids;
    store::Database& database;
    store::Commands& commands;
    access::Users& users;
    access::Sessions& sessions;
    access::IssuedKeys& issuedKeys;
    access::Tokens& tokens;
    access::Providers& providers;
    access::Audit& audit;
    access::Tenants& tenants;
    catalog::Families& families;
    catalog::Identities& identities;
    catalog::Variants& variants;
    catalog::Bundles& bundles;
    catalog::Listings& listings;
    stock::Ledger& ledger;
    stock::Exceptions& exceptions;
    stock::StockCommands& stockCommands;
    orders::Orders& orders;
    orders::OrderCommands& orderCommands;
    orders::PrivacyRequests& privacy;
    PersonalData& personalData;
    spokes::Channels& channels;
    const access::SealedSecrets& secrets;
    sync::Inbox& inbox;
    sync::Arrivals& arrivals;
    sync::Tasks& tasks;
    ApiHooks hooks;
};

} // namespace spokehub::api
