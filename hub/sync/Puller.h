#pragma once

#include "store/Commands.h"
#include "sync/Applier.h"
#include "sync/Inbox.h"

namespace spokehub::sync
{

/// Reads a channel's streams from where it stopped: documents and cursor in one transaction at each
/// checkpoint, so that a crash repeats at most a page, and a repeated page changes nothing. Owns:
/// channel_cursor.
class Puller
{
public:
    Puller(spokes::Channel& channel, spokes::Channels& channels, Applier& applier, Inbox& inbox,
           store::Commands& commands, store::Database& database, const Clock& clock);

    struct Pulled
    {
        spokes::Verdict verdict;
        std::int64_t documents = 0;
        bool progressed = false;        // a checkpoint was stored
        std::vector<std::string> rates; // what the channel said of its bucket
    };
    /// Goes on with a stream until it ends, the call's deadline comes, or at a checkpoint `giveWay`
    /// says so; the verdict is then cancelled.
    Pulled pull(const spokes::Call& call, std::string_view stream,
                const std::function<bool()>& giveWay = nullptr);

    /// Reads one thing at the source, for a message that was thin.
    Pulled fetch(const spokes::Call& call, std::string_view stream, std::string_view id);

    /// When the stream was last read to its end; nothing: never.
    std::optional<Time> pulledAt(std::string_view stream) const;

private:
    struct Page;
    void take(Page& page, spokes::DocumentKind kind, std::string_view json) const;
    void store(Page& page, std::string_view stream, const std::string* cursor, bool ended);
    void applyOneByOne(Page& page, std::string_view stream);
    Applier::Item itemOf(const Meaning& meaning, std::string_view stream) const;
    std::string cursorOf(std::string_view stream) const;
    std::string requestOf(std::string_view stream, std::string_view cursor) const;

    spokes::Channel& _channel;
    spokes::Channels& _channels;
    Applier& _applier;
    Inbox& _inbox;
    store::Commands& _commands;
    store::Database& _database;
    const Clock& _clock;
};

} // namespace spokehub::sync
