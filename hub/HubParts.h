#pragma once

#include "Hub.h"
#include "access/Audit.h"
#include "access/IssuedKeys.h"
#include "access/Providers.h"
#include "access/SealedSecrets.h"
#include "access/Sessions.h"
#include "access/Tenants.h"
#include "access/Tokens.h"
#include "access/Users.h"
#include "api/Api.h"
#include "api/PersonalData.h"
#include "http/Server.h"
#include "ops/Scheduler.h"
#include "spokes/SpokeLibrary.h"
#include "stock/AvailabilityReader.h"
#include "store/Nodes.h"
#include "store/Presence.h"
#include "store/Spool.h"
#include "sync/Arrivals.h"
#include "sync/Intake.h"
#include "sync/Lane.h"

#include <atomic>
#include <memory>
#include <vector>

namespace spokehub
{

/// What a hub is made of, in the order in which one needs the other.
struct Hub::Parts
{
    Parts(const Config& given, const std::filesystem::path& migrations, const Clock& clockGiven);

    const Config config;
    const Clock& clock;
    const std::int64_t boot;
    Metrics metrics;
    store::Database database;
    store::Presence presence;
    store::Nodes nodes;
    IdGenerator ids;
    store::Spool spool; // outlives whoever waits for it
    store::Writer writer;

    access::Sealer sealer;
    access::SealedSecrets secrets;
    catalog::Families families;
    catalog::Identities identities;
    catalog::Variants variants;
    catalog::Bundles bundles;
    catalog::Listings listings;
    std::unique_ptr<spokes::SpokeLibraries> libraries; // outlives the channels' spokes
    spokes::Channels channels;
    stock::AvailabilityReader availability;
    stock::Exceptions exceptions;
    orders::Orders orders;
    orders::OrderCommands orderCommands;
    orders::Customers customers;
    orders::PrivacyRequests privacy;
    stock::Ledger ledger;
    sync::Tasks tasks;

    // In the order in which their tables are touched.
    sync::Signal intakeSignal;
    sync::Inbox inbox;
    sync::Applier applier;
    sync::Intake intake;
    sync::Signal spoolSignal;
    sync::Arrivals arrivals;
    stock::StockCommands stockCommands;
    store::Commands commands;
    api::PersonalData personalData;

    access::Sessions sessions;
    access::IssuedKeys issuedKeys;
    access::Users users;
    access::Tokens tokens;
    access::Providers providers;
    access::Audit audit;
    access::Tenants tenants;

    std::vector<std::unique_ptr<sync::Signal>> intakeSignals; // of isolated channels
    std::vector<std::unique_ptr<sync::Lane>> lanes;
    std::unique_ptr<ops::Scheduler> scheduler;
    std::unique_ptr<api::Api> api;
    std::unique_ptr<http::Server> server;
    std::atomic<bool> started = false;

    void reseal();
    void followTenants();
    void followSecrets();
    void openChannels();
    void makeLanes();
    sync::Lane* lane(Id tenant, Id channel);
    sync::Arrivals::Ways arrivalWays();

    // HubWorkers.cpp
    void startWorkers();
    void startIntake();
    void subscribe(sync::Lane& lane);

    // HubEdge.cpp
    void serve();
    api::ApiHooks hooks();
    api::Readiness readiness();
    void measure();
    void measureSpool();
    void measureEdge();
};

} // namespace spokehub
