#include "sync/Intake.h"

#include "core/Error.h"
#include "core/Log.h"

#include <algorithm>

namespace spokehub::sync
{

namespace
{

std::string sentence(const std::exception_ptr& why)
{
    try {
        std::rethrow_exception(why);
    } catch (const std::exception& error) {
        return error.what();
    }
}

/// What a spoke handed over; a document that is not as it should be is the spoke's bug.
std::string addTo(Meaning& meaning, const std::vector<spokes::Document>& documents)
{
    try {
        for (const auto& document : documents)
            meaning.add(document.kind, document.json);
        return "";
    } catch (const Error& error) {
        return std::string(toText(Class::Bug)) + ": " + error.what();
    }
}

} // namespace

Intake::Intake(Inbox& inbox, Applier& applier, spokes::Channels& channels, store::Writer& writer,
               store::Database& database, const Clock& clock, RetryPolicy retry)
    : _inbox(inbox), _applier(applier), _channels(channels), _writer(writer), _database(database),
      _clock(clock), _retry(retry),
      _fresh(writer,
             [this](store::Tx& tx, std::span<const Fresh> batch) { return record(tx, batch); }),
      _batcher(writer, [this](store::Tx& tx, std::span<const Understood> batch) {
          return apply(tx, batch);
      })
{
    _fresh.servedBy([](const Fresh& fresh) { return fresh.arrival.message->tenant; });
    _batcher.servedBy([](const Understood& understood) { return understood.message->tenant; });
    writer.join(_fresh);
    writer.join(_batcher);
}

void Intake::take(std::shared_ptr<const NewMessage> message, KeptDone done)
{
    takeAs(rushed() ? nullptr : meaningAtOnce(*message), message, std::move(done));
}

std::vector<store::Outcome<Kept>> Intake::takeAll(std::vector<NewMessage> messages)
{
    const auto all = std::make_shared<store::Gathering<Kept>>(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
        auto message = std::make_shared<const NewMessage>(std::move(messages[i]));
        auto meaning = meaningAtOnce(*message);
        const KeptDone done = [all, i](store::Outcome<Kept> outcome) {
            all->set(i, std::move(outcome));
        };
        try {
            takeAs(std::move(meaning), message, done);
        } catch (const Error&) {
            done(std::current_exception());
        }
    }
    _writer.work();
    return all->wait();
}

void Intake::takeAs(std::shared_ptr<const Meaning> meaning,
                    std::shared_ptr<const NewMessage> message, KeptDone done)
{
    if (!meaning)
        return _inbox.keep(std::move(message), std::move(done));
    _fresh.submit({{_inbox.nextId(), message}, std::move(meaning)},
                  [this, message, done = std::move(done)](store::Outcome<Kept> outcome) {
                      recorded(message, done, std::move(outcome));
                  });
}

/// Null when it had better be recorded first: what may crash the hub, or take its time, is asked
/// about what is durable.
std::shared_ptr<const Meaning> Intake::meaningAtOnce(const NewMessage& message) const
{
    const auto* channel = _channels.find(message.tenant, message.channel);
    if (channel == nullptr || !channel->spoke || channel->isolated || _channels.sawCrashes() ||
        kindOfOwnTopic(message.topic))
        return nullptr;
    const auto answer = channel->spoke->translate(
        {message.messageId, message.topic, message.body, message.receivedAt});
    auto meaning = std::make_shared<Meaning>();
    if (answer.verdict.kind != Class::Done || !addTo(*meaning, answer.documents).empty())
        return nullptr;
    return meaning;
}

std::vector<store::Outcome<Kept>> Intake::record(store::Tx& tx, std::span<const Fresh> batch) const
{
    std::vector<const Arrival*> arrivals;
    for (const Fresh& fresh : batch)
        arrivals.push_back(&fresh.arrival);
    const std::set<Id> recorded = _inbox.recordDone(tx, arrivals, _clock.now());

    std::vector<Applier::Item> items;
    std::vector<Id> messages;
    for (const auto& [arrival, meaning] : batch)
        if (recorded.contains(arrival.id)) {
            items.push_back(itemOf(arrival.message->tenant, arrival.message->channel, arrival.id,
                                   arrival.message->topic, *meaning));
            messages.push_back(arrival.id);
        }
    applyItems(tx, items, messages);
    return std::vector<store::Outcome<Kept>>(batch.size(), Kept{});
}

/// A meaning that the store refuses is no reason to lose the message.
void Intake::recorded(const std::shared_ptr<const NewMessage>& message, const KeptDone& done,
                      store::Outcome<Kept> outcome)
{
    if (outcome.ok() || !isDocumentsFault(outcome.why()))
        return done(std::move(outcome));
    try {
        _inbox.keep(message, done);
    } catch (const Error&) {
        done(std::current_exception());
    }
}

int Intake::runOnce(const MessagesOf& of)
{
    auto messages = _inbox.due(_database, _clock.now(), _clock.now() + _retry.cap, batchMax, of);
    if (of.only.empty())
        _behind = messages.size() > batchMax / 2;
    if (messages.empty())
        return 0;
    std::vector<Understood> batch;
    batch.reserve(messages.size());
    for (PendingMessage& message : messages)
        batch.push_back(understand(std::move(message)));

    auto outcomes = _batcher.callAll(batch);
    int settled = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (outcomes[i].ok() || postpone(batch[i], outcomes[i].why()))
            ++settled;
    return settled;
}

Intake::Understood Intake::understand(PendingMessage pending) const
{
    auto meaning = std::make_shared<Meaning>();
    const auto message = std::make_shared<const PendingMessage>(std::move(pending));
    const auto failed = [&](std::string why) {
        return Understood{message, std::make_shared<Meaning>(), std::move(why)};
    };
    try {
        if (const auto kind = kindOfOwnTopic(message->topic)) {
            meaning->add(*kind, message->body);
            return {message, meaning, {}};
        }
        const auto* channel = _channels.find(message->tenant, message->channel);
        if (channel == nullptr || !channel->spoke)
            return failed(channel == nullptr ? "its channel is not configured any more"
                                             : "its channel is not open: " + channel->problem);
        const auto answer = channel->spoke->translate(
            {message->messageId, message->topic, message->body, message->receivedAt});
        if (answer.verdict.kind != Class::Done)
            return notUnderstood(message, answer.verdict);
        std::string fault = addTo(*meaning, answer.documents);
        return fault.empty() ? Understood{message, meaning, {}} : failed(std::move(fault));
    } catch (const Error& error) {
        return failed(error.what());
    }
}

/// What may pass is asked again; a spoke that cannot be asked now is no attempt.
Intake::Understood Intake::notUnderstood(std::shared_ptr<const PendingMessage> message,
                                         const spokes::Verdict& verdict) const
{
    const bool unasked = verdict.kind == Class::RateLimited || verdict.kind == Class::Cancelled;
    const bool passing =
        unasked || (verdict.kind == Class::Retry && !_retry.exhausted(message->attempts + 1));
    return {.message = std::move(message),
            .meaning = std::make_shared<Meaning>(),
            .failure = std::string(toText(verdict.kind)) + ": " + verdict.reason,
            .again = passing,
            .counted = !unasked,
            .wait = passing && verdict.retryAfter
                        ? std::optional(std::min(*verdict.retryAfter, _retry.cap))
                        : std::nullopt};
}

std::vector<store::Outcome<Intake::Settlement>>
Intake::apply(store::Tx& tx, std::span<const Understood> batch) const
{
    std::vector<const PendingMessage*> messages;
    for (const Understood& understood : batch)
        messages.push_back(understood.message.get());
    const std::set<Id> pending = _inbox.lockPending(tx, messages);

    std::vector<Applier::Item> items;
    std::vector<Id> applied;
    std::vector<Inbox::Settled> settled;
    for (const Understood& understood : batch) {
        const PendingMessage& message = *understood.message;
        if (!pending.contains(message.id))
            continue; // another hub has it, or it is settled
        const bool good = understood.failure.empty();
        const auto wait = understood.wait.value_or(
            _retry.waitAfter(message.attempts + 1, static_cast<int>(message.id % 1024)));
        settled.push_back({.tenant = message.tenant,
                           .id = message.id,
                           .state = good               ? MessageState::Done
                                    : understood.again ? MessageState::Pending
                                                       : MessageState::Failed,
                           .reason = understood.failure,
                           .attempts = message.attempts + (understood.counted ? 1 : 0),
                           .nextAttemptAt = understood.again ? _clock.now() + wait : Time{}});
        if (good) {
            items.push_back(itemOf(message.tenant, message.channel, message.id, message.topic,
                                   *understood.meaning));
            applied.push_back(message.id);
        }
    }
    applyItems(tx, items, applied);
    _inbox.settle(tx, settled, _clock.now());
    return std::vector<store::Outcome<Settlement>>(batch.size(), true);
}

/// What came about people who were erased is not kept.
void Intake::applyItems(store::Tx& tx, std::span<const Applier::Item> items,
                        std::span<const Id> messages) const
{
    for (const std::size_t i : _applier.apply(tx, items))
        _inbox.dropBodies(tx, items[i].tenant, {&messages[i], 1});
}

Applier::Item Intake::itemOf(Id tenant, Id channel, Id message, const std::string& topic,
                             const Meaning& meaning) const
{
    const auto* found = _channels.find(tenant, channel);
    return {tenant,
            channel,
            &meaning,
            {showId("msg", message),
             "channel:" + (found == nullptr ? std::string() : found->name()), topic}};
}

/// The store refused this one message: it is tried again later, and failed after the last attempt.
/// While the store is away nothing is counted, and the message waits; false then.
bool Intake::postpone(const Understood& understood, const std::exception_ptr& why)
{
    const std::string reason = sentence(why);
    Log::warning("a message could not be applied",
                 {{"message", showId("msg", understood.message->id)}, {"reason", reason}});
    if (!isDocumentsFault(why))
        return false;
    Understood later = understood;
    later.meaning = std::make_shared<Meaning>();
    later.failure = reason;
    later.again = !_retry.exhausted(understood.message->attempts + 1);
    try {
        _batcher.call(std::move(later));
        return true;
    } catch (const std::exception& error) {
        Log::warning("a message stays pending", {{"message", showId("msg", understood.message->id)},
                                                 {"reason", error.what()}});
        return false;
    }
}

} // namespace spokehub::sync
