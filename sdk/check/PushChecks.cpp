#include "Documents.h"
#include "Pushing.h"

#include <algorithm>
#include <map>
#include <set>

namespace spokehub::check
{

namespace
{

constexpr std::size_t few = 5;

void mustEnd(const Said& said, const Value& item, std::initializer_list<Class> as,
             const std::string& what)
{
    const Class kind = outcomeOf(said, item);
    expect(std::ranges::find(as, kind) != as.end(),
           what + " ended as " + std::string(toText(kind)) + " (" + reasonOf(said, item) + ")");
}

void allDone(const Said& said, const std::vector<Value>& items)
{
    for (const auto& item : items)
        mustEnd(said, item, {Class::Done},
                item["item"].get<std::string>() + " of " + std::to_string(items.size()));
}

void batchOf(Trial& trial, std::size_t size)
{
    Pushing pushing(trial, "stock", size);
    const auto items = pushing.items();
    allDone(pushing.push(items), items);
    pushing.expectArrived(items, "after a push of " + std::to_string(size));
}

// ------------------------------------------------------------------ what is wanted

void one(Trial& trial)
{
    batchOf(trial, 1);
}

void most(Trial& trial)
{
    batchOf(trial, batchMax(trial));
}

/// The hub does not send more, but a spoke that counts wrong shows here.
void moreThanMost(Trial& trial)
{
    Pushing pushing(trial, "stock", batchMax(trial) + 1);
    const auto items = pushing.items();
    const auto said = pushing.push(items);
    std::vector<Value> done;
    for (const auto& item : items) {
        mustEnd(said, item, {Class::Done, Class::Retry, Class::Rejected, Class::Unsupported},
                "one of " + std::to_string(items.size()) + " items");
        if (outcomeOf(said, item) == Class::Done)
            done.push_back(item);
    }
    pushing.expectArrived(done, "told that it is done");
}

void everyItemAnswered(Trial& trial)
{
    Pushing pushing(trial, "stock", few);
    const auto items = pushing.items();
    std::map<std::string, int> answers;
    for (const auto& result : pushing.push(items).of(SPH_DOC_RESULT))
        ++answers[result.value("item", "")];
    for (const auto& item : items) {
        const auto name = item["item"].get<std::string>();
        expect(answers[name] == 1, name + " has " + std::to_string(answers[name]) + " results");
    }
    expect(answers.size() == items.size(), "there are results of items that nobody pushed");
}

void badItemAlone(Trial& trial)
{
    for (std::size_t bad = 0; bad < few; ++bad) {
        Pushing pushing(trial, "stock", few);
        auto items = pushing.items();
        items[bad] = pushing.unknown(items[bad]);
        const auto said = pushing.push(items);
        mustEnd(said, items[bad], {Class::Unmatched, Class::Rejected},
                "an item that the channel does not have");
        std::vector<Value> rest;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i == bad)
                continue;
            mustEnd(said, items[i], {Class::Done, Class::Retry},
                    "a good item beside a bad one at place " + std::to_string(bad + 1));
            rest.push_back(items[i]);
            rest.back()["previous"] = toText(outcomeOf(said, items[i]));
        }
        auto open = rest;
        std::erase_if(open, [](const Value& item) { return item["previous"] == "done"; });
        pushing.pushToTheEnd(open);
        pushing.expectArrived(rest, "beside a bad item at place " + std::to_string(bad + 1));
    }
}

void allBad(Trial& trial)
{
    Pushing pushing(trial, "stock", few);
    auto items = pushing.items();
    auto& first = items.front();
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i] = pushing.unknown(items[i]);
        for (const char* member : {"external_id", "stock_id", "sku"}) // each is another thing
            if (i > 0 && first.contains(member))
                items[i][member] = first[member].get<std::string>() + std::to_string(i);
    }
    const auto before = pushing.effects();
    const auto said = pushing.push(items);
    for (const auto& item : items)
        mustEnd(said, item, {Class::Unmatched, Class::Rejected},
                "one of five items that the channel does not have");
    expect(pushing.effects() == before, "five unknown items changed something on the channel");
}

/// Pushes with the answer of each call in turn lost, the call made or not; `look` sees what came.
template <class Look>
void loseEachAnswer(Trial& trial, const std::string& kind, std::size_t count, bool made,
                    Look&& look)
{
    int calls = 1;
    for (int lost = 1; lost <= calls; ++lost) {
        Pushing pushing(trial, kind, count);
        auto& channel = pushing.instance().channel();
        const auto items = pushing.items();
        const auto before = pushing.effects();
        bool written = false;
        const spokes::HttpReply nothing{Class::UnknownOutcome, "the answer is lost", 0, {}, {}};
        if (made)
            channel.changeAnswers([&](const Sent&, spokes::HttpReply& reply) {
                if (static_cast<int>(channel.calls().size()) == lost) {
                    written = pushing.effects() != before;
                    reply = nothing;
                }
            });
        else
            channel.answerInstead([&](const Sent&) {
                return static_cast<int>(channel.calls().size()) == lost ? std::optional(nothing)
                                                                        : std::nullopt;
            });
        const auto said = pushing.push(items);
        if (channel.calls().empty())
            throw Skip("the spoke makes no HTTP call in push");
        calls = std::max(calls, static_cast<int>(channel.calls().size()));
        channel.behave();
        look(pushing, said, items, written,
             "with the answer of call " + std::to_string(lost) + " lost");
    }
}

void answerLost(Trial& trial)
{
    for (const auto& kind : trial.manifest().pushes)
        loseEachAnswer(trial, kind, 2, true,
                       [&](Pushing& pushing, const Said& said, const std::vector<Value>& items,
                           bool written, const std::string& when) {
                           std::vector<Value> done;
                           bool unknown = false;
                           for (const auto& item : items) {
                               const Class outcome = outcomeOf(said, item);
                               unknown = unknown || outcome == Class::UnknownOutcome;
                               mustEnd(said, item,
                                       {Class::Done, Class::Retry, Class::UnknownOutcome},
                                       when + ", an item of kind " + kind);
                               if (outcome == Class::Done)
                                   done.push_back(item);
                           }
                           expect(unknown || !written || done.size() == items.size(),
                                  when + ", which had changed the channel, no item of kind " +
                                      kind + " ended as unknown_outcome");
                           if (kind == "stock")
                               pushing.expectArrived(done, when + " and the item done");
                       });
    trial.needVerb("push");
}

void lostThenAgain(Trial& trial)
{
    trial.needVerb("push");
    for (const auto& kind : trial.manifest().pushes)
        for (const bool made : {true, false})
            loseEachAnswer(trial, kind, 2, made,
                           [&](Pushing& pushing, const Said& said, std::vector<Value> items, bool,
                               const std::string& when) {
                               auto again = items;
                               for (auto& item : again)
                                   item["previous"] = toText(outcomeOf(said, item));
                               std::erase_if(again, [](const Value& item) {
                                   return item["previous"] == "done";
                               });
                               pushing.openAnew();
                               pushing.pushToTheEnd(again);
                               pushing.expectArrived(items, when + " and pushed again");
                           });
}

void sameKeyOnce(Trial& trial)
{
    trial.needVerb("push");
    for (const auto& kind : trial.manifest().pushes) {
        Pushing pushing(trial, kind, 3);
        const auto items = pushing.items();
        allDone(pushing.push(items), items);
        pushing.openAnew(); // the memory of an instance does not count
        allDone(pushing.push(items), items);
        pushing.expectArrived(items, "after the same push of kind " + kind + " twice");
    }
}

void identicalChangesNothing(Trial& trial)
{
    Pushing pushing(trial, "stock", few);
    pushing.pushToTheEnd(pushing.items(3, 1));
    const auto before = pushing.effects();
    const auto again = pushing.items(3, 2);
    allDone(pushing.push(again), again);
    expect(pushing.effects() == before,
           "a second push of the same quantities changed the channel " +
               std::to_string(pushing.effects() - before) + " times");
}

void zeroAndLarge(Trial& trial)
{
    for (const std::int64_t quantity : {std::int64_t{0}, std::int64_t{1'000'000}}) {
        Pushing pushing(trial, "stock", 2);
        const auto items = pushing.items(quantity);
        allDone(pushing.push(items), items);
        pushing.expectArrived(items, "after a push of " + std::to_string(quantity));
    }
}

void conflictsTellObserved(Trial& trial)
{
    Pushing pushing(trial, "stock", 2);
    auto items = pushing.items(50);
    pushing.pushToTheEnd(items);
    auto next = pushing.items(20, 2);
    next.front()["expected"] = 49; // the channel shows 50
    next.back()["expected"] = 51;  // as it does
    const auto said = pushing.push(next);
    mustEnd(said, next.back(), {Class::Done, Class::Retry}, "an item whose 'expected' was right");
    if (outcomeOf(said, next.front()) == Class::Done) {
        pushing.expectArrived({next.front()}, "told that it is done");
        throw Skip("the channel compares nothing: an item is set whatever was expected");
    }
    mustEnd(said, next.front(), {Class::Conflict}, "an item whose 'expected' was wrong");
    for (const auto& result : said.of(SPH_DOC_RESULT))
        if (result.value("class", "") == "conflict")
            expect(result.value("observed", std::int64_t{-1}) == 50,
                   "a conflict says observed " +
                       std::to_string(result.value("observed", std::int64_t{-1})) +
                       ", where the channel shows 50");
    pushing.expectArrived({items.front()}, "after a conflict");
}

void unknownKinds(Trial& trial)
{
    Pushing pushing(trial, trial.manifest().pushes.empty() ? "stock" : trial.manifest().pushes[0],
                    2);
    trial.doing("push of an unknown kind");
    const auto said = pushing.instance().push(
        {{"kind", "nobody_knows_this"}, {"items", Value::array({{{"item", "1"}, {"key", "k"}}})}});
    expect(said.kind == Class::Unsupported && !said.reason.empty(),
           "a push of the kind 'nobody_knows_this' ended as " + said.outcome());
}

void documentsFit(Trial& trial)
{
    trial.needVerb("push");
    for (const auto& kind : trial.manifest().pushes) {
        Pushing pushing(trial, kind, 3);
        auto items = pushing.items();
        auto mistake = mistakeIn(pushing.push(items));
        expect(mistake.empty(), mistake);
        for (auto& item : items)
            item = kind == "stock" ? pushing.unknown(item) : item;
        mistake = mistakeIn(pushing.push(items));
        expect(mistake.empty(), mistake);
    }
}

void shipmentsOnce(Trial& trial)
{
    Pushing pushing(trial, "shipment", 3);
    const auto items = pushing.items();
    const auto said = pushing.push(items);
    allDone(said, items);
    pushing.expectArrived(items, "after a push of three shipments");
    std::set<std::string> ids;
    for (const auto& result : said.of(SPH_DOC_RESULT))
        ids.insert(result.value("external_id", ""));
    expect(ids.size() == items.size() && !ids.contains(""),
           "the results do not name each shipment's own external_id");
}

} // namespace

Checks pushChecks()
{
    return {
        {"push.one", "a push of one item arrives", "send what the batch says", one},
        {"push.most", "a push of batch_max items arrives whole",
         "cut the batch as the channel wants it, or lower batch_max in the manifest", most},
        {"push.more_than_most", "of more than batch_max items none is said done that is not",
         "answer for every item of the batch by what became of it", moreThanMost},
        {"push.every_item_answered", "every item has exactly one result",
         "put one SPH_DOC_RESULT for each item", everyItemAnswered},
        {"push.bad_item_alone", "one bad item fails alone, wherever it stands",
         "tell whom the channel refuses; the others are done, or retry", badItemAlone},
        {"push.all_bad", "where all are bad, each is said to be",
         "answer unmatched or rejected for each", allBad},
        {"push.answer_lost", "a lost answer to a change is an unknown outcome",
         "answer SPH_UNKNOWN_OUTCOME when a write was sent and no answer came", answerLost},
        {"push.lost_then_again", "after a lost answer the next attempt makes it right, once",
         "look at 'previous' and 'key': ask what is there, or send what does no harm twice",
         lostThenAgain},
        {"push.same_key_once", "the same push again changes nothing",
         "set absolute quantities; tell shipments by their key or tracking number", sameKeyOnce},
        {"push.identical_changes_nothing", "the same quantities again change nothing",
         "send the quantity itself, in one call, never a difference", identicalChangesNothing},
        {"push.zero_and_large", "none and a million are pushed as they are",
         "use 64-bit integers, and send 0 as 0", zeroAndLarge},
        {"push.conflicts_tell_observed", "a conflict changes nothing and tells what is shown",
         "answer conflict with 'observed', or set without comparing", conflictsTellObserved},
        {"push.unknown_kinds", "an unknown kind is unsupported",
         "answer SPH_UNSUPPORTED with a reason", unknownKinds},
        {"push.documents_fit", "every result is as DOCUMENTS.md says", "write it with Messages.h",
         documentsFit},
        {"push.shipments_once", "each shipment is made once and named by the channel's id",
         "put the channel's id into 'external_id'", shipmentsOnce},
    };
}

} // namespace spokehub::check
