#include "sync/Arrivals.h"

#include "core/Error.h"
#include "core/Json.h"
#include "core/Log.h"

#include <cstring>

namespace spokehub::sync
{

namespace
{

constexpr std::size_t drainMax = 1024;
constexpr std::int64_t drainBytesMax = 8 * 1024 * 1024; // about

/// It failed because of the database, not of the message.
bool isAway(const std::exception_ptr& why)
{
    try {
        std::rethrow_exception(why);
    } catch (const store::StoreError& error) {
        switch (error.failure()) {
        case store::Failure::ConnectionLost:
        case store::Failure::UnknownOutcome:
        case store::Failure::Busy:
        case store::Failure::Full:
        case store::Failure::ReadOnly:
            return true;
        default:
            return false;
        }
    } catch (const std::exception&) {
        return false;
    }
}

/// The hub is stopping, or too much waits: it may be taken another time.
bool isLater(const std::exception_ptr& why)
{
    try {
        std::rethrow_exception(why);
    } catch (const Error& error) {
        return error.refusal() == Refusal::Unavailable;
    } catch (const store::StoreError& error) {
        return isAway(why) || error.failure() == store::Failure::Conflict;
    } catch (const std::exception&) {
        return false;
    }
}

/// The database would refuse it, and the spool must hold nothing that it refuses.
bool isText(const std::string& text)
{
    return isUtf8(text) && text.find('\0') == std::string::npos;
}

void put(std::string& record, std::int64_t number)
{
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    record.append(bytes, sizeof bytes);
}

void put(std::string& record, const std::string& text)
{
    put(record, static_cast<std::int64_t>(text.size()));
    record += text;
}

/// Read by the hub that wrote it, on the same machine.
std::string recordOf(const NewMessage& message)
{
    std::string record;
    record.reserve(message.body.size() + message.topic.size() + message.messageId.size() + 64);
    put(record, message.tenant);
    put(record, message.channel);
    put(record, message.occurredAt.micros);
    put(record, message.receivedAt.micros);
    put(record, message.messageId);
    put(record, message.topic);
    put(record, message.body);
    return record;
}

/// What a record says, from its front on.
class RecordReader
{
public:
    explicit RecordReader(std::string_view rest) : _rest(rest) {}

    std::int64_t number()
    {
        std::int64_t value = 0;
        std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
        return value;
    }

    std::string text() { return std::string(bytes(static_cast<std::size_t>(number()))); }

private:
    std::string_view bytes(std::size_t count)
    {
        if (count > _rest.size())
            throw std::runtime_error("a record of the spool is cut short");
        const std::string_view taken = _rest.substr(0, count);
        _rest.remove_prefix(count);
        return taken;
    }

    std::string_view _rest;
};

NewMessage messageOf(std::string_view record)
{
    RecordReader reader(record);
    NewMessage message;
    message.tenant = reader.number();
    message.channel = reader.number();
    message.occurredAt = Time{reader.number()};
    message.receivedAt = Time{reader.number()};
    message.messageId = reader.text();
    message.topic = reader.text();
    message.body = reader.text();
    return message;
}

} // namespace

Arrivals::Arrivals(Ways ways, store::Spool& spool, Signal& spooled)
    : _ways(std::move(ways)), _spool(spool), _spooled(spooled)
{
}

void Arrivals::keep(NewMessage message, KeptDone done)
{
    if (!isText(message.messageId) || !isText(message.topic))
        throw Error(Refusal::BadRequest,
                    "the id and the topic of a message are UTF-8, without NUL");
    auto kept = std::make_shared<const NewMessage>(std::move(message));
    if (_away)
        spool(*kept, done);
    else if (rushed())
        spoolInRush(kept, done);
    else
        ask(std::move(kept), std::move(done));
}

/// It lasts until the spool is empty: who came later does not wait for the database either.
bool Arrivals::rushed() const
{
    return _ways.rushed && (!_spool.drained() || _ways.rushed());
}

void Arrivals::ask(std::shared_ptr<const NewMessage> message, KeptDone done)
{
    const auto asked = std::make_shared<Asked>();
    asked->message = std::move(message);
    asked->done = std::move(done);
    asked->since = SteadyClock::now();
    {
        const std::lock_guard lock(_mutex);
        _asked.push_back(asked);
    }
    _ways.take(asked->message, [this, asked](store::Outcome<Kept> outcome) {
        answered(*asked, std::move(outcome));
    });
}

void Arrivals::answered(Asked& asked, store::Outcome<Kept> outcome)
{
    const bool away = !outcome.ok() && isAway(outcome.why());
    if (away && !_away.exchange(true))
        Log::warning("the database is away; messages wait in the spool");
    if (asked.answered.exchange(true))
        return;
    if (away)
        spool(*asked.message, asked.done);
    else
        asked.done(std::move(outcome));
}

/// What the spool does not take, the database does, in its time.
void Arrivals::spoolInRush(const std::shared_ptr<const NewMessage>& message, const KeptDone& done)
{
    spool(*message, [this, message, done](store::Outcome<Kept> outcome) {
        if (outcome.ok()) {
            _spooled.raise();
            return done(std::move(outcome));
        }
        try {
            ask(message, done);
        } catch (const Error&) {
            done(store::Outcome<Kept>(std::current_exception()));
        }
    });
}

void Arrivals::spool(const NewMessage& message, const KeptDone& done)
{
    try {
        _spool.append(recordOf(message), [done](const std::exception_ptr& why) {
            done(why ? store::Outcome<Kept>(why) : store::Outcome<Kept>(Kept{}));
        });
    } catch (const Error&) {
        done(store::Outcome<Kept>(std::current_exception()));
    }
}

void Arrivals::hurry(std::chrono::milliseconds most)
{
    const auto before = SteadyClock::now() - most;
    std::vector<std::shared_ptr<Asked>> late;
    {
        const std::lock_guard lock(_mutex);
        while (!_asked.empty()) {
            auto asked = _asked.front().lock();
            if (asked && asked->since > before)
                break;
            _asked.pop_front();
            if (asked)
                late.push_back(std::move(asked));
        }
    }
    for (const auto& asked : late) {
        if (asked->answered.exchange(true))
            continue;
        if (!_away.exchange(true))
            Log::warning("the database does not answer; messages wait in the spool");
        spool(*asked->message, asked->done);
    }
}

int Arrivals::drain()
{
    const auto records = _spool.front(drainMax, drainBytesMax);
    if (records.empty()) {
        _away = false;
        return 0;
    }
    std::vector<NewMessage> messages;
    for (const std::string& record : records)
        messages.push_back(messageOf(record));
    const auto outcomes = _ways.takeAll(std::move(messages));

    std::vector<bool> taken;
    for (const auto& outcome : outcomes) {
        if (!outcome.ok() && isLater(outcome.why()))
            break;
        taken.push_back(outcome.ok());
        if (!outcome.ok())
            Log::error("the database refuses a message of the spool; it stays there, and is tried "
                       "again at the next start",
                       {{"bytes", static_cast<std::int64_t>(records[taken.size() - 1].size())}});
    }
    _spool.settle(taken);
    if (!taken.empty() && _away.exchange(false))
        Log::info("the database is back; the spool drains");
    return static_cast<int>(taken.size());
}

} // namespace spokehub::sync
