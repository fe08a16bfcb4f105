#include "sync/Dispatch.h"

#include "core/Log.h"
#include "sync/ListingShown.h"

#include <algorithm>

namespace spokehub::sync
{

namespace
{

using namespace std::chrono_literals;

constexpr auto tripWindow = 10min;
constexpr std::int64_t tripListingsMin = 10; // fewer zeros than this are a busy day, not a mistake

constexpr store::Sql countMatched = {R"(
    SELECT COUNT(*) FROM listing WHERE tenant_id = $1 AND channel_id = $2 AND variant_id IS NOT NULL AND removed = 0)"};

constexpr store::Sql selectShipments = {R"(
    SELECT s.id, o.external_id, s.lines, s.carrier, s.tracking_number, s.tracking_url, s.created_at
    FROM {each_row} shipment s
    JOIN sales_order o ON o.tenant_id = s.tenant_id AND o.id = s.order_id
    WHERE s.tenant_id = {1} AND s.id = {2})"};

std::string stockDocument(const catalog::ListingToPush& one, const PushItem& item)
{
    JsonWriter json;
    json.beginObject().member("external_id", one.listing.externalId);
    json.member("parent_id", one.listing.parentId).member("stock_id", one.listing.stockId);
    json.member("sku", one.listing.sku.empty() ? one.sku : one.listing.sku);
    json.member("quantity", item.quantity).member("expected", item.expected);
    return json.endObject().take();
}

} // namespace

Dispatch::Dispatch(Parts parts) : _parts(std::move(parts)) {}

Dispatch::Outcome Dispatch::run(const std::vector<Task>& tasks, const Lease& lease,
                                const spokes::Call& call, Time ordersPulledAt)
{
    Outcome outcome;
    outcome.tasks = static_cast<int>(tasks.size());
    const TaskKind kind = tasks.front().kind;
    Plan plan = kind == TaskKind::Stock ? planStock(tasks, ordersPulledAt) : planShipments(tasks);
    std::vector<PushAnswer> answers;
    if (!plan.items.empty()) {
        std::vector<std::string> ids;
        for (const PushItem& item : plan.items)
            ids.push_back(showId("tsk", item.task->id));
        const auto answer = _parts.channel.spoke->push({call.deadline, call.stopped, ids},
                                                       pushDocument(kind, plan.items, lease.fence));
        answers = pushAnswers(plan.items, answer);
        outcome.pushed = static_cast<int>(plan.items.size());
        for (const auto& document : answer.documents)
            if (document.kind == spokes::DocumentKind::Rate)
                outcome.rates.push_back(document.json);
    }
    outcome.pullOrders = plan.pullOrders;
    settle(lease, plan, answers, outcome);
    return outcome;
}

Dispatch::Plan Dispatch::planStock(const std::vector<Task>& tasks, Time ordersPulledAt)
{
    const auto& channel = _parts.channel;
    std::vector<Id> ids;
    std::map<Id, const Task*> bySubject;
    for (const Task& task : tasks) {
        ids.push_back(task.subject);
        bySubject[task.subject] = &task;
    }
    std::vector<catalog::ListingToPush> listings;
    std::vector<std::int64_t> quantities;
    _parts.database.read([&](store::Session& session) {
        listings = _parts.listings.toPush(session, channel.tenant, ids);
        std::vector<stock::Offer> offers;
        for (const auto& one : listings)
            offers.push_back({.variant = *one.listing.variant,
                              .sku = one.sku,
                              .category = one.category,
                              .unitsPerSale = one.listing.unitsPerSale});
        quantities =
            _parts.availability.quantities(session, channel.tenant, channel.stockRules, offers);
    });

    const auto& streams = channel.manifest->streams;
    const bool readsOrders = std::ranges::find(streams, "orders") != streams.end();
    Plan plan;
    const Time now = _parts.clock.now();
    for (std::size_t i = 0; i < listings.size(); ++i) {
        const auto& one = listings[i];
        const Task& task = *bySubject.at(one.listing.id);
        bySubject.erase(one.listing.id);
        if (readsOrders && one.unexplained() > one.listing.gap &&
            ordersPulledAt < one.listing.observedAt.value_or(Time{}))
        { // the channel sold something that we have not seen: its orders first
            plan.pullOrders = true;
            plan.decided.push_back(
                {&task, TaskState::Pending, task.lastClass,
                 "the channel shows less than expected: its orders are read first", task.attempts,
                 task.conflicts, now + 250ms});
            continue;
        }
        PushItem item{.task = &task};
        // Less may be there because we said so and never heard that it was done.
        item.gap = task.lastClass == Class::UnknownOutcome ? one.listing.gap : gapOf(one);
        item.quantity = quantityToTell(quantities[i], item.gap);
        item.soldBefore = one.listing.sold;
        item.orderedBefore = one.listing.ordered;
        item.expected = one.expected();
        if (task.lastClass == Class::Done && shows(one, item.quantity))
            plan.decided.push_back({&task, TaskState::Done, Class::Done, {}, 0, 0, now});
        else {
            item.document = stockDocument(one, item);
            plan.items.push_back(std::move(item));
        }
    }
    for (const auto& [listing, task] : bySubject)
        plan.decided.push_back({task, TaskState::Done, Class::Done,
                                "the listing is not matched or not offered any more", 0, 0, now});
    checkTripWire(plan, listings);
    return plan;
}

/// Many listings falling to zero at once is more often a mistake than a day of sales.
void Dispatch::checkTripWire(Plan& plan, const std::vector<catalog::ListingToPush>& listings)
{
    const Time now = _parts.clock.now();
    const int percent = _parts.channel.config->tripWirePercent;
    if (percent == 0)
        return;
    std::set<Id> shown;
    for (const auto& one : listings)
        if (one.listing.pushed.value_or(0) > 0)
            shown.insert(one.listing.id);
    if (now - _windowFrom > tripWindow || now < _windowFrom) {
        _windowFrom = now;
        _zeroed.clear();
        _approved = false;
    }
    bool more = false;
    for (const PushItem& item : plan.items)
        if (item.quantity == 0 && shown.contains(item.task->subject))
            more |= _zeroed.insert(item.task->subject).second;
    if (!more || _approved)
        return;
    std::int64_t matched = 0;
    _parts.database.point([&](store::Session& session) {
        session.query(countMatched, {_parts.channel.tenant, _parts.channel.id},
                      [&](const store::Row& row) { matched = row.integer(0); });
    });
    const auto zeroed = static_cast<std::int64_t>(_zeroed.size());
    if (zeroed < tripListingsMin || zeroed * 100 <= matched * percent)
        return;
    _parts.database.point([&](store::Session& session) {
        _approved = _parts.channels.state(session, _parts.channel).approved;
    });
    if (_approved) { // for what comes within this window
        _windowFrom = now;
        plan.approvalUsed = true;
        return;
    }
    plan.tripped = std::string(spokes::Channels::tripWire) + ": " + std::to_string(zeroed) +
                   " of " + std::to_string(matched) + " listings would be set to zero, more than " +
                   std::to_string(percent) + " percent; resume the channel to approve";
    _zeroed.clear();
    for (const PushItem& item : plan.items)
        plan.decided.push_back({item.task, TaskState::Pending, item.task->lastClass, plan.tripped,
                                item.task->attempts, item.task->conflicts, now});
    plan.items.clear();
}

Dispatch::Plan Dispatch::planShipments(const std::vector<Task>& tasks)
{
    store::RowSet rows(2);
    std::map<Id, const Task*> bySubject;
    for (const Task& task : tasks) {
        rows.add({task.tenant, task.subject});
        bySubject[task.subject] = &task;
    }
    Plan plan;
    _parts.database.point([&](store::Session& session) {
        plan.items.clear();
        session.queryRows(selectShipments, rows, [&](const store::Row& row) {
            JsonWriter json;
            json.beginObject().member("order_id", row.text(1)).key("lines").raw(row.text(2));
            json.member("carrier", row.text(3)).member("tracking_number", row.text(4));
            json.member("tracking_url", row.text(5)).member("shipped_at", toIso(row.time(6)));
            plan.items.push_back(
                {.task = bySubject.at(row.integer(0)), .document = json.endObject().take()});
        });
    });
    for (const PushItem& item : plan.items)
        bySubject.erase(item.task->subject);
    for (const auto& [shipment, task] : bySubject)
        plan.decided.push_back({task, TaskState::Failed, Class::Rejected,
                                "there is no such shipment", task->attempts + 1, 0,
                                _parts.clock.now()});
    return plan;
}

void Dispatch::settle(const Lease& lease, const Plan& plan, const std::vector<PushAnswer>& answers,
                      Outcome& outcome)
{
    const auto& channel = _parts.channel;
    const Time now = _parts.clock.now();
    std::vector<Verdict> verdicts = plan.decided;
    std::vector<catalog::ConfirmedPush> confirmed;
    std::string pauseReason = plan.tripped;
    std::string lastError;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const PushItem& item = plan.items[i];
        const Ended& ended = answers[i].ended;
        const Reaction reaction = reactTo(ended, *item.task, _parts.retry,
                                          static_cast<int>((item.task->id ^ now.micros) & 1023));
        verdicts.push_back({item.task, reaction.state, reaction.kind, ended.reason,
                            reaction.attempts, reaction.conflicts, now + reaction.wait});
        if (ended.kind == Class::Done && item.task->kind == TaskKind::Stock)
            confirmed.push_back(
                {item.task->subject, item.quantity, item.soldBefore, item.orderedBefore, item.gap});
        if (ended.kind != Class::Done && ended.kind != Class::Conflict)
            lastError = std::string(toText(ended.kind)) + ": " + ended.reason;
        outcome.pullOrders |= reaction.pullOrders;
        if (reaction.blockChannel)
            outcome.blockFor = std::max(outcome.blockFor, reaction.wait);
        if (reaction.pauseChannel)
            pauseReason = "the channel refuses our credentials: " + ended.reason;
    }
    if (!pauseReason.empty())
        Log::error("a channel is paused", {{"channel", channel.name()}, {"reason", pauseReason}});

    const auto values = channel.values->takeChanges();
    _parts.commands.run([&](store::Tx& tx) {
        if (!_parts.tasks.settle(tx, lease, verdicts, now))
            return; // another hub has the lane and will tell the channel anew
        _parts.listings.confirmed(tx, channel.tenant, confirmed);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const Task& task = *plan.items[i].task;
            if (answers[i].observed && task.kind == TaskKind::Stock)
                _parts.listings.showed(tx, channel.tenant, task.subject, *answers[i].observed);
            // A carrier's id of a parcel is none of the order's channel.
            if (!answers[i].externalId.empty() && task.kind == TaskKind::Shipment &&
                !channel.isCarrier())
                _parts.orders.tie(tx, channel.tenant, task.subject, answers[i].externalId);
        }
        if (!pauseReason.empty())
            _parts.channels.pause(tx, channel, pauseReason);
        else if (plan.approvalUsed)
            _parts.channels.approvalUsed(tx, channel);
        if (!lastError.empty())
            _parts.channels.failed(tx, channel, lastError);
        _parts.channels.saveValues(tx, channel, values);
    });
}

Dispatch::Outcome Dispatch::fetch(const std::vector<Task>& tasks, const Lease& lease,
                                  const spokes::Call& call, Puller& puller)
{
    Outcome outcome;
    Plan plan;
    std::vector<PushAnswer> answers;
    for (const Task& task : tasks) {
        const auto detail = JsonDocument::parse(task.detail);
        const Json what = detail ? detail->root() : Json{};
        auto pulled = puller.fetch(call, what.textOr("stream"), what.textOr("id"));
        plan.items.push_back({.task = &task});
        PushAnswer answer;
        answer.ended = {pulled.verdict.kind, pulled.verdict.reason, pulled.verdict.retryAfter};
        answers.push_back(std::move(answer));
        for (std::string& rate : pulled.rates)
            outcome.rates.push_back(std::move(rate));
    }
    outcome.tasks = static_cast<int>(tasks.size());
    settle(lease, plan, answers, outcome);
    return outcome;
}

} // namespace spokehub::sync
