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

enum class PrivacyKind
{
    Export = 1,       // what is kept of a person is asked for: staff answer
    Erase = 2,        // a person wants to be gone
    EraseChannel = 3, // a channel has left: everybody whom it told of
};

const char* name(PrivacyKind kind);
std::optional<PrivacyKind> privacyKindFromName(std::string_view name);

/// A document of the SDK (DOCUMENTS.md), or what staff ask for by hand.
struct PrivacyWish
{
    PrivacyKind kind = PrivacyKind::Export;
    std::string externalId; // the channel's, of the request
    Person person;
    std::vector<std::string> orders; // their external ids
};

/// Throws Error(Unprocessable) naming the member.
PrivacyWish readPrivacy(std::string_view document);

struct PrivacyRequest
{
    Id tenant = 0;
    Id id = 0;
    Id channel = 0;
    PrivacyWish wish; // without person and orders once it is closed
    std::optional<Id> customer;
    Time receivedAt;
    Time dueAt;
    std::optional<Time> closedAt;
    std::string closedBy;
    std::string found; // JSON: what was erased
};

/// Wishes about personal data, until they are fulfilled and as a proof that they were. Owns:
/// privacy_request.
class PrivacyRequests
{
public:
    static constexpr std::chrono::days due{30};

    PrivacyRequests(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    /// `cause`: the message that brought it; the same one again changes nothing.
    void record(store::Tx& tx, Id tenant, Id channel, std::span<const PrivacyWish> wishes,
                const std::string& cause) const;
    /// Somebody here wants this customer gone.
    PrivacyRequest begin(store::Tx& tx, const Scope& scope, Id channel, Id customer,
                         const Person& person, const std::string& cause) const;
    /// It is done; whom it was about is forgotten. Nothing happens to one that is closed.
    void close(store::Tx& tx, Id tenant, Id request, const std::string& by,
               const std::string& found) const;

    /// The oldest after this one that is to be carried out and is not, of anybody's.
    static std::optional<PrivacyRequest> next(store::Session& session, Id after);

    static store::Page<PrivacyRequest> list(store::Session& session, const Scope& scope,
                                            std::optional<bool> open,
                                            std::optional<PrivacyKind> kind,
                                            const store::PageRequest& page);
    static std::optional<PrivacyRequest> get(store::Session& session, const Scope& scope,
                                             Id request);

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::orders
