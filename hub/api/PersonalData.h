#pragma once

#include "api/ChannelNames.h"
#include "orders/Customers.h"
#include "orders/OrderCommands.h"
#include "orders/OrderReader.h"
#include "orders/PrivacyRequests.h"
#include "store/Commands.h"
#include "sync/Inbox.h"
#include "sync/InboxReader.h"

#include <functional>
#include <string>

namespace spokehub::api
{

/// What the hub keeps of a person, and its end. A person's orders, the facts they follow from, and
/// the messages that name him are shown as one document, or lose him; lines, sums and movements
/// stay. Owns nothing: each part is asked of its owner. Thread-safe.
class PersonalData
{
public:
    struct Parts
    {
        store::Database& database;
        store::Commands& commands;
        const orders::Customers& customers;
        const orders::PrivacyRequests& requests;
        orders::OrderCommands& orderCommands;
        const sync::Inbox& inbox;
        const Clock& clock;
    };

    explicit PersonalData(const Parts& parts) : _parts(parts), _names(parts.database) {}

    /// Everything, as one JSON document.
    std::string exported(const orders::PrivacyRequest& request);

    /// A request that nobody wrote down: what is kept of one customer.
    static orders::PrivacyRequest aboutCustomer(const Scope& scope,
                                                const orders::CustomerRow& customer);

    /// Carries out a request to erase, and closes it. Interrupted, it is carried out again: nothing
    /// that is needed to find the rest goes before the rest. Answers what was found, as JSON.
    std::string erase(const orders::PrivacyRequest& request, const std::string& by);

    /// Carries out what channels have asked for; how many.
    int runOnce();

private:
    struct Trace;

    Trace traceOf(const orders::PrivacyRequest& request);
    void eachMessage(const Trace& trace, Id& after,
                     const std::function<void(const std::vector<sync::MessageDetail>&)>& visit);
    void writeOrder(JsonWriter& json, const Scope& scope, Id order);
    void dropMessages(Trace& trace, Id& after);
    void eraseOrders(const Trace& trace, const orders::PrivacyRequest& request,
                     const std::string& by);
    std::int64_t eraseEverybody(const Trace& trace);

    const Parts _parts;
    const orders::OrderReader _orders{};
    const sync::InboxReader _messages{};
    ChannelNames _names;
};

} // namespace spokehub::api
