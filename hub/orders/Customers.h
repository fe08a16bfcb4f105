#pragma once

#include "core/Clock.h"
#include "core/Scope.h"
#include "orders/Person.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spokehub::orders
{

struct CustomerRow
{
    Id id = 0;
    Id channel = 0;
    Person person; // empty when he was erased
    std::int64_t orders = 0;
    Time createdAt;
    Time updatedAt;
    std::optional<Time> erasedAt{};
};

struct CustomerQuery
{
    std::optional<Id> channel{};
    std::optional<std::string> email{};
    std::optional<std::string> externalId{};
    std::optional<Time> updatedSince{};
    std::optional<bool> erased{};
};

/// The people whom orders name, one for each channel that knows them. What the newest snapshot says
/// of them stands; what it leaves out stays. Owns: customer.
class Customers
{
public:
    Customers(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    struct Named
    {
        Id tenant = 0;
        Id channel = 0;
        const Person* person = nullptr; // with a key
        Time at;                        // when the channel said so
    };
    /// Their ids, each in its place; who is new here is made.
    std::vector<Id> meet(store::Tx& tx, std::span<const Named> named) const;

    /// Newest first.
    static store::Page<CustomerRow> list(store::Session& session, const Scope& scope,
                                         const CustomerQuery& query,
                                         const store::PageRequest& page);
    static std::optional<CustomerRow> get(store::Session& session, const Scope& scope, Id customer);

    /// Of a channel, who is known by this id or e-mail address and not erased; for no person,
    /// everybody. At most `most`.
    static std::vector<CustomerRow> find(store::Session& session, Id tenant, Id channel,
                                         const std::optional<Person>& person, int most);

    /// Nothing of them is left but that there was somebody; who comes again is somebody new.
    void erase(store::Tx& tx, Id tenant, std::span<const Id> customers) const;

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::orders
