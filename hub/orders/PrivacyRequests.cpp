#include "orders/PrivacyRequests.h"

#include "core/Error.h"

#include <array>

namespace spokehub::orders
{

namespace
{

constexpr std::string_view listName = "privacy_requests";
constexpr std::size_t ordersMax = 10'000;
constexpr std::size_t idBytesMax = 255;
constexpr std::array<const char*, 3> kindNames = {"export", "erase", "erase_channel"};

constexpr store::Sql insertRequest = {R"(
    INSERT INTO privacy_request (tenant_id, id, channel_id, kind, customer_id, external_id, person, orders, cause, received_at,
                                 due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant_id, cause) DO NOTHING)"};

constexpr store::Sql closeRequest = {R"(
    UPDATE privacy_request SET closed_at = $1, closed_by = $2, found = $3, person = '{}', orders = '[]'
    WHERE tenant_id = $4 AND id = $5 AND closed_at IS NULL)"};

#define REQUEST_COLUMNS                                                                            \
    "tenant_id, id, channel_id, kind, customer_id, external_id, person, orders, received_at, "     \
    "due_at, closed_at, closed_by, found FROM privacy_request "

constexpr store::Sql selectRequest{"SELECT " REQUEST_COLUMNS "WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql selectNext{"SELECT " REQUEST_COLUMNS
                                "WHERE closed_at IS NULL AND kind <> 1 AND id > $1 "
                                "ORDER BY id LIMIT 1"};

[[noreturn]] void refuse(const std::string& member, const std::string& reason)
{
    throw Error(Refusal::Unprocessable, "privacy: " + member + " " + reason, {{member, reason}});
}

std::string personJson(const Person& person)
{
    return JsonWriter()
        .beginObject()
        .member("id", person.externalId)
        .member("email", person.email)
        .member("name", person.name)
        .member("phone", person.phone)
        .endObject()
        .take();
}

std::string ordersJson(const std::vector<std::string>& orders)
{
    JsonWriter json;
    json.beginArray();
    for (const std::string& order : orders)
        json.value(order);
    return json.endArray().take();
}

PrivacyRequest requestOf(const store::Row& row)
{
    PrivacyRequest request;
    request.tenant = row.integer(0);
    request.id = row.integer(1);
    request.channel = row.integer(2);
    request.wish.kind = static_cast<PrivacyKind>(row.integer(3));
    request.customer = row.maybeInteger(4);
    request.wish.externalId = row.string(5);
    if (const auto person = JsonDocument::parse(row.text(6)))
        request.wish.person = personIn(person->root());
    if (const auto orders = JsonDocument::parse(row.text(7)))
        orders->root().each([&](Json order) {
            request.wish.orders.emplace_back(order.text().value_or(""));
            return true;
        });
    request.receivedAt = row.time(8);
    request.dueAt = row.time(9);
    request.closedAt = row.maybeTime(10);
    request.closedBy = row.string(11);
    request.found = row.string(12);
    return request;
}

} // namespace

const char* name(PrivacyKind kind)
{
    return kindNames.at(static_cast<std::size_t>(kind) - 1);
}

std::optional<PrivacyKind> privacyKindFromName(std::string_view wanted)
{
    for (std::size_t i = 0; i < kindNames.size(); ++i)
        if (wanted == kindNames[i])
            return static_cast<PrivacyKind>(i + 1);
    return std::nullopt;
}

PrivacyWish readPrivacy(std::string_view document)
{
    std::string why;
    const auto parsed = JsonDocument::parse(document, &why);
    if (!parsed)
        throw Error(Refusal::Unprocessable, "a privacy document is not JSON: " + why);
    const Json root = parsed->root();
    const auto text = [](Json value, const std::string& where) {
        const auto content = value.text();
        if (value && !value.isNull() && !content)
            refuse(where, "is not text");
        if (content && (content->size() > idBytesMax || content->find('\0') != content->npos))
            refuse(where, "is longer than " + std::to_string(idBytesMax) + " bytes or holds a NUL");
        return std::string(content.value_or(""));
    };
    PrivacyWish wish;
    const auto kind = privacyKindFromName(root.textOr("request"));
    if (!kind)
        refuse("request", "is none of export, erase, erase_channel");
    wish.kind = *kind;
    wish.externalId = text(root["id"], "id");
    const Json customer = root["customer"];
    if (customer && !customer.isNull() && !customer.isObject())
        refuse("customer", "is not an object");
    for (const char* member : {"id", "email", "name", "phone"})
        text(customer[member], std::string("customer.") + member);
    wish.person = personIn(customer);
    const Json orders = root["orders"];
    if (orders && !orders.isNull() && (!orders.isArray() || orders.size() > ordersMax))
        refuse("orders", "is no list of at most " + std::to_string(ordersMax));
    orders.each([&](Json order) {
        const std::string where = "orders[" + std::to_string(wish.orders.size()) + "]";
        wish.orders.push_back(text(order, where));
        if (wish.orders.back().empty())
            refuse(where, "is empty");
        return true;
    });
    if (wish.kind != PrivacyKind::EraseChannel && wish.person.key().empty() && wish.orders.empty())
        refuse("customer", "is missing, and so are orders: nobody is named");
    return wish;
}

void PrivacyRequests::record(store::Tx& tx, Id tenant, Id channel,
                             std::span<const PrivacyWish> wishes, const std::string& cause) const
{
    int number = 0; // one message may bring several
    for (const PrivacyWish& wish : wishes) {
        const Time now = _clock.now();
        const std::string once = cause + (number == 0 ? "" : "/" + std::to_string(number));
        ++number;
        tx.write(insertRequest, {tenant, _ids.next(), channel, static_cast<std::int64_t>(wish.kind),
                                 std::optional<Id>(), wish.externalId, personJson(wish.person),
                                 ordersJson(wish.orders), once, now, now + due});
    }
}

PrivacyRequest PrivacyRequests::begin(store::Tx& tx, const Scope& scope, Id channel, Id customer,
                                      const Person& person, const std::string& cause) const
{
    PrivacyRequest request{.tenant = scope.tenant,
                           .id = _ids.next(),
                           .channel = channel,
                           .wish = {.kind = PrivacyKind::Erase, .person = person},
                           .customer = customer,
                           .receivedAt = _clock.now(),
                           .dueAt = _clock.now() + due};
    tx.write(insertRequest,
             {scope.tenant, request.id, channel, static_cast<std::int64_t>(PrivacyKind::Erase),
              customer, "", personJson(person), "[]", cause, request.receivedAt, request.dueAt});
    return request;
}

void PrivacyRequests::close(store::Tx& tx, Id tenant, Id request, const std::string& by,
                            const std::string& found) const
{
    tx.write(closeRequest, {_clock.now(), by, found, tenant, request});
}

std::optional<PrivacyRequest> PrivacyRequests::next(store::Session& session, Id after)
{
    std::optional<PrivacyRequest> found;
    session.query(selectNext, {after}, [&](const store::Row& row) { found = requestOf(row); });
    return found;
}

store::Page<PrivacyRequest> PrivacyRequests::list(store::Session& session, const Scope& scope,
                                                  std::optional<bool> open,
                                                  std::optional<PrivacyKind> kind,
                                                  const store::PageRequest& page)
{
    std::vector<store::Param> params{scope.tenant};
    std::string text = "SELECT " REQUEST_COLUMNS "WHERE tenant_id = $1";
    const auto add = [&](std::string_view condition, store::Param value) {
        params.push_back(value);
        text.append(condition).append("$").append(std::to_string(params.size()));
    };
    if (open)
        text += *open ? " AND closed_at IS NULL" : " AND closed_at IS NOT NULL";
    if (kind)
        add(" AND kind = ", static_cast<std::int64_t>(*kind));
    const Id after = page.afterId(listName);
    add(" AND id < ", after == 0 ? INT64_MAX : after);
    add(" ORDER BY id DESC LIMIT ", page.limit + 1);
    std::vector<PrivacyRequest> rows;
    session.queryText(text, params, [&](const store::Row& row) { rows.push_back(requestOf(row)); });
    return store::pageOf(listName, page, std::move(rows),
                         [](const PrivacyRequest& row) { return std::to_string(row.id); });
}

std::optional<PrivacyRequest> PrivacyRequests::get(store::Session& session, const Scope& scope,
                                                   Id request)
{
    std::optional<PrivacyRequest> found;
    session.query(selectRequest, {scope.tenant, request},
                  [&](const store::Row& row) { found = requestOf(row); });
    return found;
}

} // namespace spokehub::orders
