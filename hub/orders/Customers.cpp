#include "orders/Customers.h"

#include <map>
#include <tuple>

namespace spokehub::orders
{

namespace
{

constexpr std::string_view listName = "customers";

constexpr store::Sql selectKnown = {R"(
    SELECT c.tenant_id, c.channel_id, c.customer_key, c.id, c.email, c.name, c.phone, c.seen_at, c.updated_at
    FROM {each_row} customer c
    WHERE c.tenant_id = {1} AND c.customer_key = {2} AND c.channel_id = {3})"};

// Another hub may have met them in the same moment.
constexpr store::Sql insertCustomer = {R"(
    INSERT INTO customer (tenant_id, id, channel_id, customer_key, external_id, email, name, phone, seen_at, created_at,
                          updated_at)
    {rows}
    ON CONFLICT (tenant_id, customer_key, channel_id) DO UPDATE SET updated_at = excluded.updated_at
    RETURNING tenant_id, channel_id, customer_key, id)"};

constexpr store::Sql updateCustomer = {R"(
    UPDATE customer SET email = {3}, name = {4}, phone = {5}, seen_at = {6}, updated_at = {7}
    {from_rows} WHERE customer.tenant_id = {1} AND customer.id = {2})"};

constexpr store::Sql eraseCustomer = {R"(
    UPDATE customer SET customer_key = {3}, external_id = '', email = '', name = '', phone = '', erased_at = {4},
                        updated_at = {5}
    {from_rows} WHERE customer.tenant_id = {1} AND customer.id = {2} AND customer.erased_at IS NULL)"};

#define CUSTOMER_COLUMNS                                                                           \
    "c.id, c.channel_id, c.external_id, c.email, c.name, c.phone, c.created_at, c.updated_at, "    \
    "c.erased_at, (SELECT COUNT(*) FROM sales_order o WHERE o.tenant_id = c.tenant_id AND "        \
    "o.customer_id = c.id) FROM customer c WHERE c.tenant_id = $1 "

constexpr store::Sql selectCustomer{"SELECT " CUSTOMER_COLUMNS "AND c.id = $2"};
constexpr store::Sql selectOfChannel{
    "SELECT " CUSTOMER_COLUMNS
    "AND c.channel_id = $2 AND c.erased_at IS NULL ORDER BY c.id LIMIT $3"};
constexpr store::Sql selectByName{
    "SELECT " CUSTOMER_COLUMNS "AND c.channel_id = $2 AND c.erased_at IS NULL AND "
    "((c.external_id <> '' AND c.external_id = $3) OR (c.email <> '' AND c.email = $4) "
    "OR (c.external_id = '' AND c.email = '' AND c.phone = $5)) ORDER BY c.id LIMIT $6"};

CustomerRow rowOf(const store::Row& row)
{
    CustomerRow customer;
    customer.id = row.integer(0);
    customer.channel = row.integer(1);
    customer.person = {row.string(2), row.string(3), row.string(4), row.string(5)};
    customer.createdAt = row.time(6);
    customer.updatedAt = row.time(7);
    customer.erasedAt = row.maybeTime(8);
    customer.orders = row.integer(9);
    return customer;
}

using Key = std::tuple<Id, Id, std::string>; // tenant, channel, key

/// What a batch says of one person, and what is stored of him.
struct Meeting
{
    Id id = 0; // 0: not known yet
    Person person;
    Time seenAt{INT64_MIN};
    Time updatedAt;
    bool told = false;    // something newer
    bool changed = false; // that is different

    void tell(const Person& said, Time at)
    {
        if (at < seenAt)
            return;
        told |= at > seenAt || id == 0;
        seenAt = at;
        person.externalId = said.externalId;
        const auto take = [&](std::string& known, const std::string& now) {
            if (now.empty() || now == known)
                return;
            known = now;
            changed = true;
        };
        take(person.email, said.email);
        take(person.name, said.name);
        take(person.phone, said.phone);
    }
};

} // namespace

std::vector<Id> Customers::meet(store::Tx& tx, std::span<const Named> named) const
{
    std::map<Key, Meeting> meetings;
    for (const Named& each : named)
        meetings[{each.tenant, each.channel, each.person->key()}];
    if (meetings.empty())
        return {};
    store::RowSet keys(3);
    for (const auto& [key, meeting] : meetings)
        keys.add({std::get<0>(key), std::get<2>(key), std::get<1>(key)});
    tx.queryRows(selectKnown, keys, [&](const store::Row& row) {
        Meeting& meeting = meetings.at({row.integer(0), row.integer(1), row.string(2)});
        meeting.id = row.integer(3);
        meeting.person = {{}, row.string(4), row.string(5), row.string(6)};
        meeting.seenAt = row.time(7);
        meeting.updatedAt = row.time(8);
    });
    for (const Named& each : named)
        meetings.at({each.tenant, each.channel, each.person->key()}).tell(*each.person, each.at);

    const Time now = _clock.now();
    store::RowSet fresh(11), told(7);
    for (const auto& [key, meeting] : meetings) {
        const Person& person = meeting.person;
        if (meeting.id == 0)
            fresh.add({std::get<0>(key), _ids.next(), std::get<1>(key), std::get<2>(key),
                       person.externalId, person.email, person.name, person.phone, meeting.seenAt,
                       now, now});
        else if (meeting.told)
            told.add({std::get<0>(key), meeting.id, person.email, person.name, person.phone,
                      meeting.seenAt, meeting.changed ? now : meeting.updatedAt});
    }
    tx.queryRows(insertCustomer, fresh, [&](const store::Row& row) {
        meetings.at({row.integer(0), row.integer(1), row.string(2)}).id = row.integer(3);
    });
    if (!told.empty())
        tx.writeRows(updateCustomer, told);

    std::vector<Id> ids;
    for (const Named& each : named)
        ids.push_back(meetings.at({each.tenant, each.channel, each.person->key()}).id);
    return ids;
}

store::Page<CustomerRow> Customers::list(store::Session& session, const Scope& scope,
                                         const CustomerQuery& query, const store::PageRequest& page)
{
    std::vector<store::Param> params{scope.tenant};
    std::string text = "SELECT " CUSTOMER_COLUMNS;
    const auto add = [&](std::string_view condition, store::Param value) {
        params.push_back(value);
        text.append(condition).append("$").append(std::to_string(params.size()));
    };
    if (query.channel)
        add(" AND c.channel_id = ", *query.channel);
    if (query.email)
        add(" AND c.email <> '' AND c.email = ", *query.email);
    if (query.externalId)
        add(" AND c.external_id = ", *query.externalId);
    if (query.updatedSince)
        add(" AND c.updated_at >= ", *query.updatedSince);
    if (query.erased)
        text += *query.erased ? " AND c.erased_at IS NOT NULL" : " AND c.erased_at IS NULL";
    const Id after = page.afterId(listName);
    add(" AND c.id < ", after == 0 ? INT64_MAX : after);
    add(" ORDER BY c.id DESC LIMIT ", page.limit + 1);

    std::vector<CustomerRow> rows;
    session.queryText(text, params, [&](const store::Row& row) { rows.push_back(rowOf(row)); });
    return store::pageOf(listName, page, std::move(rows),
                         [](const CustomerRow& row) { return std::to_string(row.id); });
}

std::optional<CustomerRow> Customers::get(store::Session& session, const Scope& scope, Id customer)
{
    std::optional<CustomerRow> found;
    session.query(selectCustomer, {scope.tenant, customer},
                  [&](const store::Row& row) { found = rowOf(row); });
    return found;
}

std::vector<CustomerRow> Customers::find(store::Session& session, Id tenant, Id channel,
                                         const std::optional<Person>& person, int most)
{
    std::vector<CustomerRow> found;
    const auto take = [&](const store::Row& row) { found.push_back(rowOf(row)); };
    if (!person)
        session.query(selectOfChannel, {tenant, channel, most}, take);
    else if (!person->key().empty())
        session.query(selectByName,
                      {tenant, channel, person->externalId, person->email,
                       person->externalId.empty() && person->email.empty() ? person->phone : "-",
                       most},
                      take);
    return found;
}

void Customers::erase(store::Tx& tx, Id tenant, std::span<const Id> customers) const
{
    const Time now = _clock.now();
    store::RowSet rows(5);
    for (const Id customer : customers)
        rows.add({tenant, customer, rows.keep("erased:" + std::to_string(customer)), now, now});
    if (!rows.empty())
        tx.writeRows(eraseCustomer, rows);
}

} // namespace spokehub::orders
