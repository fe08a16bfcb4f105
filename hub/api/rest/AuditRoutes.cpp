#include "api/rest/AuditRoutes.h"

#include "access/Audit.h"
#include "api/Shown.h"

namespace spokehub::api
{

namespace
{

std::optional<std::string> textIn(const Call& call, std::string_view name)
{
    const std::string* text = call.query.find(name);
    return text == nullptr ? std::nullopt : std::optional(*text);
}

void writeEntry(JsonWriter& json, const access::AuditEntry& entry)
{
    json.beginObject()
        .member("id", showId(prefix::audit, entry.id))
        .member("at", toIso(entry.at))
        .member("actor", entry.actor)
        .member("action", entry.action)
        .member("via", entry.via)
        .member("subject", entry.subject)
        .member("address", entry.address)
        .member("request_id", entry.request)
        .key("difference")
        .raw(entry.difference)
        .member("number", entry.number)
        .member("hash", entry.number ? std::optional(entry.hash) : std::nullopt)
        .endObject();
}

} // namespace

void AuditRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/audit",
              Permission::AuditRead,
              "Who did what to which thing, from where, and the difference; newest first",
              answering([this](Call& call) { return list(call); }),
              {"actor", "action", "subject", "since", "before", "cursor", "limit"}})
        .lists("AuditEntry");
    router
        .add({"GET", "/api/v1/audit/verify", Permission::AuditRead,
              "Works the chain of the log out again and names its first broken line",
              answering([this](Call& call) { return verify(call); })})
        .gives("AuditVerdict");
}

http::Response AuditRoutes::list(Call& call)
{
    access::AuditQuery query{.actor = textIn(call, "actor"),
                             .action = textIn(call, "action"),
                             .subject = textIn(call, "subject"),
                             .since = call.time("since"),
                             .before = call.time("before")};
    const store::PageRequest asked = call.page();
    store::Page<access::AuditEntry> page;
    _parts.database.point([&](store::Session& session) {
        page = _parts.audit.list(session, call.scope, query, asked);
    });
    return jsonResponse(listJson(page, writeEntry));
}

http::Response AuditRoutes::verify(Call& call)
{
    const auto verdict = _parts.audit.verify(_parts.database, call.scope.tenant);
    JsonWriter json;
    json.beginObject()
        .member("intact", !verdict.broken.has_value())
        .member("sealed", verdict.sealed)
        .member("unsealed", verdict.unsealed)
        .member("head", verdict.head)
        .key("first_broken");
    if (verdict.broken)
        json.beginObject()
            .member("number", verdict.broken->number)
            .member("id", shown(prefix::audit, verdict.broken->entry))
            .member("reason", verdict.broken->why)
            .endObject();
    else
        json.null();
    json.endObject();
    return jsonResponse(json.take());
}

} // namespace spokehub::api
