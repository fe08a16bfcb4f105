#include "sync/Puller.h"

#include "core/Error.h"

#include <openssl/sha.h>

namespace spokehub::sync
{

namespace
{

constexpr std::size_t pageDocumentsMax = 1000; // applied in one transaction without a checkpoint

constexpr store::Sql selectCursor = {R"(
    SELECT cursor, pulled_at FROM channel_cursor WHERE tenant_id = $1 AND channel_id = $2 AND stream = $3)"};

constexpr store::Sql saveCursor = {R"(
    INSERT INTO channel_cursor (tenant_id, channel_id, stream, cursor, pulled_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, channel_id, stream) DO UPDATE
    SET cursor = excluded.cursor,
        pulled_at = CASE WHEN excluded.pulled_at = 0 THEN channel_cursor.pulled_at ELSE excluded.pulled_at END)"};

/// A document that cannot be applied always gets the same id, so that each pull does not add
/// another.
std::string messageIdOf(std::string_view json)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(json.data()), json.size(), digest);
    std::string id = "pull:";
    for (int i = 0; i < 16; ++i) {
        id += "0123456789abcdef"[digest[i] >> 4];
        id += "0123456789abcdef"[digest[i] & 15];
    }
    return id;
}

} // namespace

struct Puller::Page
{
    Meaning meaning;
    std::vector<std::pair<std::string, std::string>> unfit; // document, reason
    std::size_t documents = 0;
    Id message = 0;
};

Puller::Puller(spokes::Channel& channel, spokes::Channels& channels, Applier& applier, Inbox& inbox,
               store::Commands& commands, store::Database& database, const Clock& clock)
    : _channel(channel), _channels(channels), _applier(applier), _inbox(inbox), _commands(commands),
      _database(database), _clock(clock)
{
}

std::string Puller::cursorOf(std::string_view stream) const
{
    std::string cursor;
    _database.point([&](store::Session& session) {
        session.query(selectCursor, {_channel.tenant, _channel.id, stream},
                      [&](const store::Row& row) { cursor = row.string(0); });
    });
    return cursor;
}

std::optional<Time> Puller::pulledAt(std::string_view stream) const
{
    std::optional<Time> at;
    _database.point([&](store::Session& session) {
        session.query(selectCursor, {_channel.tenant, _channel.id, stream},
                      [&](const store::Row& row) {
                          if (row.integer(1) != 0)
                              at = row.time(1);
                      });
    });
    return at;
}

void Puller::take(Page& page, spokes::DocumentKind kind, std::string_view json) const
{
    ++page.documents;
    try {
        page.meaning.add(kind, json);
    } catch (const Error& error) {
        page.unfit.emplace_back(json, error.what());
    }
}

void Puller::store(Page& page, std::string_view stream, const std::string* cursor, bool ended)
{
    const auto values = _channel.values->takeChanges();
    const Applier::Item item{_channel.tenant,
                             _channel.id,
                             page.message,
                             &page.meaning,
                             {"pull:" + std::string(stream), "channel:" + _channel.name(), {}}};
    _commands.run([&](store::Tx& tx) {
        _applier.apply(tx, {&item, 1});
        for (const auto& [document, reason] : page.unfit)
            _inbox.keepFailed(tx,
                              {_channel.tenant, _channel.id, messageIdOf(document),
                               std::string(ownTopicFact), document, _clock.now(), _clock.now()},
                              reason);
        _channels.saveValues(tx, _channel, values);
        if (cursor != nullptr)
            tx.write(saveCursor, {_channel.tenant, _channel.id, stream, *cursor,
                                  ended ? _clock.now() : Time{}});
    });
    page = Page{.message = page.message};
}

Puller::Pulled Puller::pull(const spokes::Call& call, std::string_view stream)
{
    std::string cursor = cursorOf(stream);
    JsonWriter request;
    request.beginObject().member("cursor", cursor);
    if (stream == "orders") // the other streams are read whole
        request.member("since",
                       toIso(_channels.orderRules().of(_channel.tenant, _channel.id).ordersSince));
    request.endObject();

    Pulled pulled;
    Page page;
    pulled.verdict = _channel.spoke->pull(
        call, stream, request.text(), [&](spokes::DocumentKind kind, std::string_view json) {
            if (kind == spokes::DocumentKind::Checkpoint) {
                const auto document = JsonDocument::parse(json);
                cursor = document ? document->root().textOr("cursor") : std::string_view{};
                store(page, stream, &cursor, false);
                pulled.progressed = true;
            } else if (kind == spokes::DocumentKind::Rate)
                pulled.rates.emplace_back(json);
            else {
                ++pulled.documents;
                take(page, kind, json);
                if (page.documents >= pageDocumentsMax)
                    store(page, stream, nullptr, false);
            }
            return true;
        });
    const bool ended = pulled.verdict.kind == Class::Done;
    if (ended && stream != "orders")
        cursor.clear(); // the whole of it is read anew each time; orders go on from where they were
    store(page, stream, &cursor, ended);
    return pulled;
}

Puller::Pulled Puller::fetch(const spokes::Call& call, std::string_view stream, std::string_view id,
                             Id message)
{
    JsonWriter request;
    request.beginObject().member("cursor", "").member("id", id).endObject();
    Pulled pulled;
    Page page{.message = message};
    pulled.verdict = _channel.spoke->pull(call, stream, request.text(),
                                          [&](spokes::DocumentKind kind, std::string_view json) {
                                              if (kind == spokes::DocumentKind::Rate)
                                                  pulled.rates.emplace_back(json);
                                              else if (kind != spokes::DocumentKind::Checkpoint) {
                                                  ++pulled.documents;
                                                  take(page, kind, json);
                                              }
                                              return true;
                                          });
    store(page, stream, nullptr, false);
    return pulled;
}

} // namespace spokehub::sync
