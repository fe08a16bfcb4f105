#include "api/PersonalData.h"

#include "api/Once.h"
#include "api/Shown.h"
#include "api/rest/OrderJson.h"
#include "core/Log.h"
#include "core/Permissions.h"
#include "store/Serving.h"

#include "spokehub/Text.h"

#include <algorithm>
#include <set>

namespace spokehub::api
{

namespace
{

constexpr int customersMax = 1000; // of one person; of a channel that left, at once
constexpr int ordersAtOnce = 100;
constexpr int messagesAtOnce = 100;
constexpr std::size_t wordMin = 5; // shorter ids stand in every message

bool isWordPart(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// As a word of its own: 5001 does not stand in 15001.
bool holds(std::string_view body, std::string_view word)
{
    for (auto at = body.find(word); at != body.npos; at = body.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !isWordPart(body[at - 1])) &&
            (end == body.size() || !isWordPart(body[end])))
            return true;
    }
    return false;
}

std::vector<Id> idsOf(const std::vector<orders::CustomerRow>& customers)
{
    std::vector<Id> ids;
    for (const orders::CustomerRow& customer : customers)
        ids.push_back(customer.id);
    return ids;
}

} // namespace

/// By what a person is found again.
struct PersonalData::Trace
{
    Id tenant = 0;
    Id channel = 0;
    bool everybody = false; // whom this channel told of
    std::vector<orders::CustomerRow> customers;
    std::vector<orders::OrderReader::Found> orders;
    std::set<std::string> words;   // in messages of the channel
    std::set<std::string> parcels; // and in those of any, carriers' too
    std::set<Id> messages;         // that what is known of the orders came with
    std::int64_t dropped = 0;      // messages

    void name(const orders::Person& person)
    {
        for (const std::string& word : {orders::inSmallLetters(person.externalId), person.email})
            if (word.size() >= wordMin)
                words.insert(word);
    }

    void name(const orders::FactRow& fact)
    {
        if (const auto message = readId("msg", fact.cause))
            messages.insert(*message);
        const auto document = JsonDocument::parse(fact.body);
        if (!document)
            return;
        name(orders::personIn(document->root()["customer"]));
        if (const auto number = document->root().textOr("tracking_number"); number.size() > wordMin)
            parcels.insert(orders::inSmallLetters(number));
    }

    bool concerns(const sync::MessageDetail& kept) const
    {
        const bool own = kept.message.channel == channel;
        if (messages.contains(kept.message.id) || (own && everybody))
            return true;
        const std::string body = orders::inSmallLetters(kept.body);
        const auto stands = [&](const std::string& word) { return holds(body, word); };
        return (own && std::ranges::any_of(words, stands)) || std::ranges::any_of(parcels, stands);
    }
};

PersonalData::Trace PersonalData::traceOf(const orders::PrivacyRequest& request)
{
    Trace trace{.tenant = request.tenant,
                .channel = request.channel,
                .everybody = request.wish.kind == orders::PrivacyKind::EraseChannel};
    const Scope scope{request.tenant, {}};
    trace.name(request.wish.person);
    _parts.database.read([&](store::Session& session) {
        trace.customers.clear();
        trace.orders.clear();
        if (trace.everybody) {
            trace.orders = _orders.ofChannel(session, scope, request.channel);
            return;
        }
        if (!request.customer)
            trace.customers = orders::Customers::find(session, request.tenant, request.channel,
                                                      request.wish.person, customersMax);
        else if (const auto customer = orders::Customers::get(session, scope, *request.customer))
            trace.customers = {*customer};
        for (const orders::CustomerRow& customer : trace.customers) {
            trace.name(customer.person);
            for (auto& order : _orders.ofCustomer(session, scope, customer.id))
                trace.orders.push_back(std::move(order));
        }
        for (auto& order :
             _orders.ofExternalIds(session, scope, request.channel, request.wish.orders))
            if (std::ranges::find(trace.orders, order.id, &orders::OrderReader::Found::id) ==
                trace.orders.end())
                trace.orders.push_back(std::move(order));
        for (const auto& order : trace.orders) {
            if (order.externalId.size() >= wordMin)
                trace.words.insert(orders::inSmallLetters(order.externalId));
            for (const orders::FactRow& fact : _orders.facts(session, scope, order.id))
                trace.name(fact);
        }
    });
    return trace;
}

/// Those that are kept with their body and concern the person, a part at a time.
void PersonalData::eachMessage(
    const Trace& trace, Id& after,
    const std::function<void(const std::vector<sync::MessageDetail>&)>& visit)
{
    for (bool more = true; more;) {
        std::vector<sync::MessageDetail> kept;
        _parts.database.point([&](store::Session& session) {
            kept = _messages.bodies(session, {trace.tenant, {}}, after, messagesAtOnce);
        });
        more = !kept.empty();
        if (more)
            after = kept.back().message.id;
        std::erase_if(kept, [&](const auto& message) { return !trace.concerns(message); });
        if (!kept.empty())
            visit(kept);
    }
}

void PersonalData::dropMessages(Trace& trace, Id& after)
{
    eachMessage(trace, after, [&](const std::vector<sync::MessageDetail>& kept) {
        std::vector<Id> ids;
        for (const auto& message : kept) // one that waits is applied first, without the person
            if (message.message.state != sync::MessageState::Pending)
                ids.push_back(message.message.id);
        _parts.commands.run([&](store::Tx& tx) { _parts.inbox.dropBodies(tx, trace.tenant, ids); });
        trace.dropped += static_cast<std::int64_t>(ids.size());
    });
}

orders::PrivacyRequest PersonalData::aboutCustomer(const Scope& scope,
                                                   const orders::CustomerRow& customer)
{
    return {.tenant = scope.tenant,
            .channel = customer.channel,
            .wish = {.kind = orders::PrivacyKind::Export, .person = customer.person},
            .customer = customer.id};
}

void PersonalData::writeOrder(JsonWriter& json, const Scope& scope, Id order)
{
    std::optional<orders::OrderDetail> detail;
    std::vector<orders::FactRow> facts;
    _parts.database.read([&](store::Session& session) {
        detail = _orders.get(session, scope, order);
        facts = _orders.facts(session, scope, order);
    });
    if (!detail)
        return;
    beginOrder(json, detail->order, _names.nameOf(scope.tenant, detail->order.channel));
    writeMembers(json, detail->detail);
    json.key("facts").beginArray();
    for (const orders::FactRow& fact : facts)
        writeFact(json, fact, true);
    json.endArray().key("shipments").beginArray();
    for (const orders::ShipmentRow& shipment : detail->shipments)
        writeShipment(json, shipment);
    json.endArray().endObject();
}

std::string PersonalData::exported(const orders::PrivacyRequest& request)
{
    const Trace trace = traceOf(request);
    const Scope scope{request.tenant, {}};
    JsonWriter json;
    json.beginObject()
        .member("exported_at", toIso(_parts.clock.now()))
        .member("channel", _names.nameOf(request.tenant, request.channel))
        .key("customers")
        .beginArray();
    for (const orders::CustomerRow& customer : trace.customers)
        writeCustomer(json, customer, _names.nameOf(request.tenant, customer.channel));
    json.endArray().key("orders").beginArray();
    for (const auto& found : trace.orders)
        writeOrder(json, scope, found.id);
    json.endArray().key("messages").beginArray();
    Id after = 0;
    eachMessage(trace, after, [&](const std::vector<sync::MessageDetail>& kept) {
        for (const auto& [message, body] : kept) {
            json.beginObject()
                .member("id", showId(prefix::message, message.id))
                .member("channel", _names.nameOf(request.tenant, message.channel))
                .member("topic", message.topic)
                .member("received_at", toIso(message.receivedAt));
            if (isUtf8(body))
                json.member("body", body);
            else
                json.member("body_base64", toBase64(body));
            json.endObject();
        }
    });
    return json.endArray().endObject().take();
}

/// A part at a time; and those that are named and not known, of which something may come yet.
void PersonalData::eraseOrders(const Trace& trace, const orders::PrivacyRequest& request,
                               const std::string& by)
{
    std::vector<std::pair<orders::OrderAddress, Id>> all;
    for (const auto& order : trace.orders)
        all.push_back({{order.channel, order.externalId}, order.id});
    for (const std::string& order : request.wish.orders)
        all.push_back({{request.channel, order}, 0});
    const stock::Cause cause{showId(prefix::privacyRequest, request.id), by, "personal data"};
    for (std::size_t at = 0; at < all.size(); at += ordersAtOnce) {
        std::vector<orders::OrderAddress> part;
        std::vector<Id> ids;
        for (std::size_t i = at; i < std::min(all.size(), at + ordersAtOnce); ++i) {
            part.push_back(all[i].first);
            ids.push_back(all[i].second);
        }
        _parts.commands.run([&](store::Tx& tx) {
            _parts.orderCommands.erase(tx, request.tenant, part, cause);
            Once::eraseAnswers(tx, request.tenant, ids);
        });
    }
}

/// Customers of a channel that left.
std::int64_t PersonalData::eraseEverybody(const Trace& trace)
{
    std::int64_t erased = 0;
    for (;;) {
        std::vector<orders::CustomerRow> customers;
        _parts.database.point([&](store::Session& session) {
            customers = orders::Customers::find(session, trace.tenant, trace.channel, std::nullopt,
                                                customersMax);
        });
        if (customers.empty())
            return erased;
        _parts.commands.run(
            [&](store::Tx& tx) { _parts.customers.erase(tx, trace.tenant, idsOf(customers)); });
        erased += static_cast<std::int64_t>(customers.size());
    }
}

std::string PersonalData::erase(const orders::PrivacyRequest& request, const std::string& by)
{
    Trace trace = traceOf(request);
    std::int64_t customers = static_cast<std::int64_t>(trace.customers.size());
    {
        const store::Doing inParts(nullptr); // the log gets one line for all of it
        Id after = 0;
        dropMessages(trace, after);
        eraseOrders(trace, request, by);
        dropMessages(trace, after); // what came meanwhile
        if (trace.everybody)
            customers = eraseEverybody(trace);
    }
    const std::string found = JsonWriter()
                                  .beginObject()
                                  .member("customers", customers)
                                  .member("orders", static_cast<std::int64_t>(trace.orders.size()))
                                  .member("messages", trace.dropped)
                                  .endObject()
                                  .take();
    _parts.commands.run([&](store::Tx& tx) {
        _parts.customers.erase(tx, request.tenant, idsOf(trace.customers));
        _parts.requests.close(tx, request.tenant, request.id, by, found);
        tx.note(store::Difference(request.customer ? showId(prefix::customer, *request.customer)
                                                   : showId(prefix::privacyRequest, request.id))
                    .told("kind", orders::name(request.wish.kind))
                    .raw("erased", found));
    });
    return found;
}

int PersonalData::runOnce()
{
    int done = 0;
    for (Id after = 0;;) {
        std::optional<orders::PrivacyRequest> request;
        {
            const store::Serving serving(store::Serving::everybody);
            _parts.database.point([&](store::Session& session) {
                request = orders::PrivacyRequests::next(session, after);
            });
        }
        if (!request)
            return done;
        after = request->id;
        const store::Serving serving(request->tenant);
        try {
            const std::string by =
                "channel:" + std::string(_names.nameOf(request->tenant, request->channel));
            const store::Doing doing(std::make_shared<const store::Deed>(
                store::Deed{.tenant = request->tenant,
                            .actor = by,
                            .action = std::string(name(Permission::PrivacyManage)),
                            .via = "webhook"}));
            erase(*request, by);
            ++done;
        } catch (const std::exception& error) {
            Log::warning("personal data could not be erased yet",
                         {{"request", showId(prefix::privacyRequest, request->id)},
                          {"reason", error.what()}});
        }
    }
}

} // namespace spokehub::api
