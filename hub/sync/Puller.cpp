#include "sync/Puller.h"

#include "core/Digest.h"
#include "core/Error.h"
#include "orders/Parcels.h"

namespace spokehub::sync
{

namespace
{

using namespace std::chrono_literals;

// A carrier is asked for a parcel no longer than this: what has not arrived then is lost.
constexpr auto parcelAgeMax = std::chrono::days(60);
constexpr std::size_t pageDocumentsMax = 1000; // applied in one transaction without a checkpoint

constexpr store::Sql selectCursor = {R"(
    SELECT cursor, pulled_at FROM channel_cursor WHERE tenant_id = $1 AND channel_id = $2 AND stream = $3)"};

constexpr store::Sql saveCursor = {R"(
    INSERT INTO channel_cursor (tenant_id, channel_id, stream, cursor, pulled_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, channel_id, stream) DO UPDATE
    SET cursor = excluded.cursor,
        pulled_at = CASE WHEN excluded.pulled_at = 0 THEN channel_cursor.pulled_at ELSE excluded.pulled_at END)"};

/// Streams that go on from where they were; the others are read whole each time.
bool isFeed(std::string_view stream)
{
    return stream == "orders" || stream == "shipments";
}

/// A document that cannot be applied always gets the same id, so that each pull does not add
/// another.
std::string messageIdOf(std::string_view json)
{
    return "pull:" + sha256Hex(json).substr(0, 32);
}

} // namespace

struct Puller::Page
{
    struct Unfit
    {
        spokes::DocumentKind kind;
        std::string json;
        std::string reason;
    };
    Meaning meaning;
    std::vector<spokes::Document> documents; // what the meaning is made of
    std::vector<Unfit> unfit;
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
    try {
        page.meaning.add(kind, json);
        page.documents.push_back({kind, std::string(json)});
    } catch (const Error& error) {
        page.unfit.push_back(
            {kind, std::string(json), std::string(toText(Class::Bug)) + ": " + error.what()});
    }
}

void Puller::store(Page& page, std::string_view stream, const std::string* cursor, bool ended)
{
    const auto values = _channel.values->takeChanges();
    const auto write = [&] {
        _commands.run([&](store::Tx& tx) {
            const auto item = itemOf(page.meaning, stream);
            _applier.apply(tx, {&item, 1});
            for (const auto& [kind, document, reason] : page.unfit)
                _inbox.keepFailed(tx,
                                  {_channel.tenant, _channel.id, messageIdOf(document),
                                   ownTopic(kind), document, _clock.now(), _clock.now()},
                                  reason);
            _channels.saveValues(tx, _channel, values);
            if (cursor != nullptr)
                tx.write(saveCursor, {_channel.tenant, _channel.id, stream, *cursor,
                                      ended ? _clock.now() : Time{}});
        });
    };
    try {
        write();
    } catch (const std::exception&) {
        if (!isDocumentsFault(std::current_exception()))
            throw;
        applyOneByOne(page, stream);
        write();
    }
    page = Page{};
}

/// One of them cannot be applied: it is found and kept as failed, so that it does not hold up the
/// stream.
void Puller::applyOneByOne(Page& page, std::string_view stream)
{
    for (const auto& [kind, json] : page.documents)
        try {
            Meaning one;
            one.add(kind, json);
            _commands.run([&](store::Tx& tx) {
                const auto item = itemOf(one, stream);
                _applier.apply(tx, {&item, 1});
            });
        } catch (const std::exception& error) {
            if (!isDocumentsFault(std::current_exception()))
                throw;
            page.unfit.push_back({kind, json, error.what()});
        }
    page.meaning = {};
}

Applier::Item Puller::itemOf(const Meaning& meaning, std::string_view stream) const
{
    return {_channel.tenant,
            _channel.id,
            &meaning,
            {"pull:" + std::string(stream), "channel:" + _channel.name(), {}}};
}

std::string Puller::requestOf(std::string_view stream, std::string_view cursor) const
{
    JsonWriter request;
    request.beginObject().member("cursor", cursor);
    if (isFeed(stream))
        request.member("since",
                       toIso(_channels.orderRules().of(_channel.tenant, _channel.id).ordersSince));
    if (stream == "shipments") {
        std::vector<std::string> numbers;
        _database.point([&](store::Session& session) {
            numbers = orders::Parcels::open(session, _channel.tenant, _clock.now() - parcelAgeMax);
        });
        request.key("subjects").beginArray();
        for (const std::string& number : numbers)
            request.value(number);
        request.endArray();
    }
    return request.endObject().take();
}

Puller::Pulled Puller::pull(const spokes::Call& call, std::string_view stream,
                            const std::function<bool()>& giveWay)
{
    std::string cursor = cursorOf(stream);
    const std::string request = requestOf(stream, cursor);
    Pulled pulled;
    Page page;
    bool gaveWay = false;
    pulled.verdict = _channel.spoke->pull(
        call, stream, request, [&](spokes::DocumentKind kind, std::string_view json) {
            if (gaveWay)
                return false;
            if (kind == spokes::DocumentKind::Checkpoint) {
                const auto document = JsonDocument::parse(json);
                cursor = document ? document->root().textOr("cursor") : std::string_view{};
                store(page, stream, &cursor, false);
                pulled.progressed = true;
                gaveWay = giveWay && giveWay();
                return !gaveWay;
            } else if (kind == spokes::DocumentKind::Rate)
                pulled.rates.emplace_back(json);
            else {
                ++pulled.documents;
                take(page, kind, json);
                if (page.documents.size() + page.unfit.size() >= pageDocumentsMax)
                    store(page, stream, nullptr, false);
            }
            return true;
        });
    if (gaveWay) {
        pulled.verdict = {Class::Cancelled, "something more urgent came between", {}, {}};
        return pulled;
    }
    const bool ended = pulled.verdict.kind == Class::Done;
    if (ended && !isFeed(stream))
        cursor.clear(); // the whole of it is read anew each time
    store(page, stream, &cursor, ended);
    return pulled;
}

Puller::Pulled Puller::fetch(const spokes::Call& call, std::string_view stream, std::string_view id)
{
    JsonWriter request;
    request.beginObject().member("cursor", "").member("id", id).endObject();
    Pulled pulled;
    Page page;
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
