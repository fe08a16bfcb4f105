#include "api/rest/CustomerRoutes.h"

#include "api/PersonalData.h"
#include "api/Shown.h"
#include "api/rest/OrderJson.h"
#include "core/Error.h"

namespace spokehub::api
{

void CustomerRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/customers",
              Permission::CustomersRead,
              "The people whom orders name, newest first",
              answering([this](Call& call) { return list(call); }),
              {"cursor", "limit", "channel", "email", "external_id", "erased", "updated_since"}})
        .lists("Customer");
    router
        .add({"GET", "/api/v1/customers/{id}", Permission::CustomersRead, "A customer",
              answering([this](Call& call) { return get(call); })})
        .gives("Customer");
    router
        .add({"GET",
              "/api/v1/customers/{id}/orders",
              Permission::CustomersRead,
              "A customer's orders, newest first",
              answering([this](Call& call) { return orders(call); }),
              {"cursor", "limit"}})
        .lists("Order");
    router
        .add({"GET", "/api/v1/customers/{id}/export", Permission::PrivacyManage,
              "All that is kept of a customer, as one document",
              answering([this](Call& call) { return exported(call); })})
        .gives("PersonalData");
    router
        .add({"POST", "/api/v1/customers/{id}/erase", Permission::PrivacyManage,
              "Erases a customer for good; orders keep their lines and sums",
              answering([this](Call& call) { return erase(call); })})
        .gives("PrivacyRequest")
        .guard();
    router
        .add({"GET",
              "/api/v1/privacy/requests",
              Permission::PrivacyManage,
              "Who asked for personal data, or to have it erased; newest first",
              answering([this](Call& call) { return requests(call); }),
              {"cursor", "limit", "open", "kind"}})
        .lists("PrivacyRequest");
    router
        .add({"GET", "/api/v1/privacy/requests/{id}", Permission::PrivacyManage,
              "A request about personal data",
              answering([this](Call& call) { return request(call); })})
        .gives("PrivacyRequest");
    router
        .add({"GET", "/api/v1/privacy/requests/{id}/export", Permission::PrivacyManage,
              "All that is kept of whom an open request is about, as one document",
              answering([this](Call& call) { return requestExported(call); })})
        .gives("PersonalData");
    router
        .add({"POST", "/api/v1/privacy/requests/{id}/close", Permission::PrivacyManage,
              "Says that the person was answered",
              answering([this](Call& call) { return close(call); })})
        .gives("PrivacyRequest")
        .guard();
}

orders::CustomerRow CustomerRoutes::customerOf(const Call& call) const
{
    const Id id = call.id(0, prefix::customer, "customer");
    std::optional<orders::CustomerRow> customer;
    _parts.database.point([&](store::Session& session) {
        customer = orders::Customers::get(session, call.scope, id);
    });
    if (!customer)
        throw Error(Refusal::NotFound, "there is no customer " + showId(prefix::customer, id));
    return *std::move(customer);
}

http::Response CustomerRoutes::list(Call& call)
{
    orders::CustomerQuery query;
    if (const std::string* text = call.query.find("channel"))
        query.channel = _names.require(call.scope.tenant, *text, "channel");
    if (const std::string* text = call.query.find("email"))
        query.email = orders::inSmallLetters(*text);
    if (const std::string* text = call.query.find("external_id"))
        query.externalId = *text;
    query.erased = call.boolean("erased");
    query.updatedSince = call.time("updated_since");
    const store::PageRequest asked = call.page();
    store::Page<orders::CustomerRow> page;
    _parts.database.point([&](store::Session& session) {
        page = orders::Customers::list(session, call.scope, query, asked);
    });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const orders::CustomerRow& row) {
        writeCustomer(json, row, _names.nameOf(call.scope.tenant, row.channel));
    }));
}

http::Response CustomerRoutes::get(Call& call)
{
    const orders::CustomerRow customer = customerOf(call);
    JsonWriter json;
    writeCustomer(json, customer, _names.nameOf(call.scope.tenant, customer.channel));
    return jsonResponse(json.take());
}

http::Response CustomerRoutes::orders(Call& call)
{
    const orders::OrderQuery query{.customer = customerOf(call).id};
    const store::PageRequest asked = call.page();
    store::Page<orders::OrderRow> page;
    _parts.database.point(
        [&](store::Session& session) { page = _reader.list(session, call.scope, query, asked); });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const orders::OrderRow& order) {
        beginOrder(json, order, _names.nameOf(call.scope.tenant, order.channel));
        json.endObject();
    }));
}

http::Response CustomerRoutes::exported(Call& call)
{
    return jsonResponse(
        _parts.personalData.exported(PersonalData::aboutCustomer(call.scope, customerOf(call))));
}

http::Response CustomerRoutes::erase(Call& call)
{
    const orders::CustomerRow customer = customerOf(call);
    if (customer.erasedAt)
        throw Error(Refusal::Conflict,
                    "customer " + showId(prefix::customer, customer.id) + " was erased already");
    orders::PrivacyRequest begun;
    {
        const store::Doing notYet(nullptr); // the log tells when it is done
        begun = _parts.commands.run([&](store::Tx& tx) {
            return _parts.privacy.begin(tx, call.scope, customer.channel, customer.id,
                                        customer.person, call.request.id);
        });
    }
    _parts.personalData.erase(begun, call.scope.actor);
    std::optional<orders::PrivacyRequest> done;
    _parts.database.point([&](store::Session& session) {
        done = orders::PrivacyRequests::get(session, call.scope, begun.id);
    });
    JsonWriter json;
    writeRequest(json, *done);
    return jsonResponse(json.take());
}

void CustomerRoutes::writeRequest(JsonWriter& json, const orders::PrivacyRequest& request) const
{
    const orders::PrivacyWish& wish = request.wish;
    json.beginObject()
        .member("id", showId(prefix::privacyRequest, request.id))
        .member("channel", _names.nameOf(request.tenant, request.channel))
        .member("kind", orders::name(wish.kind))
        .member("external_id", wish.externalId)
        .member("customer_id", shown(prefix::customer, request.customer))
        .key("person")
        .beginObject()
        .member("id", wish.person.externalId)
        .member("email", wish.person.email)
        .member("name", wish.person.name)
        .member("phone", wish.person.phone)
        .endObject()
        .key("orders")
        .beginArray();
    for (const std::string& order : wish.orders)
        json.value(order);
    json.endArray()
        .member("received_at", toIso(request.receivedAt))
        .member("due_at", toIso(request.dueAt))
        .member("closed_at", shown(request.closedAt))
        .member("closed_by", request.closedBy)
        .key("erased")
        .raw(request.found)
        .endObject();
}

http::Response CustomerRoutes::requests(Call& call)
{
    std::optional<orders::PrivacyKind> kind;
    if (const std::string* text = call.query.find("kind"); text != nullptr) {
        kind = orders::privacyKindFromName(*text);
        if (!kind)
            refuseParameter("kind", "is none of export, erase, erase_channel");
    }
    const auto open = call.boolean("open");
    const store::PageRequest asked = call.page();
    store::Page<orders::PrivacyRequest> page;
    _parts.database.point([&](store::Session& session) {
        page = orders::PrivacyRequests::list(session, call.scope, open, kind, asked);
    });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const orders::PrivacyRequest& row) {
        writeRequest(json, row);
    }));
}

orders::PrivacyRequest CustomerRoutes::requestOf(const Call& call) const
{
    const Id id = call.id(0, prefix::privacyRequest, "request");
    std::optional<orders::PrivacyRequest> request;
    _parts.database.point([&](store::Session& session) {
        request = orders::PrivacyRequests::get(session, call.scope, id);
    });
    if (!request)
        throw Error(Refusal::NotFound, "there is no request " + showId(prefix::privacyRequest, id));
    return *std::move(request);
}

http::Response CustomerRoutes::request(Call& call)
{
    JsonWriter json;
    writeRequest(json, requestOf(call));
    return jsonResponse(json.take());
}

http::Response CustomerRoutes::requestExported(Call& call)
{
    const orders::PrivacyRequest request = requestOf(call);
    if (request.closedAt || request.wish.kind != orders::PrivacyKind::Export)
        throw Error(Refusal::NotFound,
                    "request " + showId(prefix::privacyRequest, request.id) +
                        (request.closedAt ? " is closed: whom it was about is not kept any more"
                                          : " wants data erased, not shown"));
    return jsonResponse(_parts.personalData.exported(request));
}

http::Response CustomerRoutes::close(Call& call)
{
    const orders::PrivacyRequest request = requestOf(call);
    if (request.closedAt || request.wish.kind != orders::PrivacyKind::Export)
        throw Error(Refusal::Conflict,
                    "request " + showId(prefix::privacyRequest, request.id) +
                        (request.closedAt ? " is closed already"
                                          : " is closed by the hub, once it has erased all"));
    const orders::PrivacyRequest closed = _parts.commands.run([&](store::Tx& tx) {
        _parts.privacy.close(tx, call.scope.tenant, request.id, call.scope.actor, "{}");
        return *orders::PrivacyRequests::get(tx, call.scope, request.id);
    });
    JsonWriter json;
    writeRequest(json, closed);
    return jsonResponse(json.take());
}

} // namespace spokehub::api
