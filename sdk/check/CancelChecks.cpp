#include "Probes.h"

#include <algorithm>

namespace spokehub::check
{

namespace
{

constexpr int stopsMax = 12;

std::string at(int call, bool afterAnswer)
{
    return std::string(afterAnswer ? "stopped after call " : "stopped at call ") +
           std::to_string(call);
}

/// Each probe, stopped at each of its calls in turn; `look` sees what came of it.
template <class Look>
void stopEverywhere(Trial& trial, bool afterAnswer, Look&& look)
{
    std::size_t all = 0;
    for (const auto& probe : probes(trial)) {
        refill(trial);
        auto instance = trial.open();
        trial.doing(probe.name);
        probe.run(*instance);
        const auto calls = static_cast<int>(instance->channel().calls().size());
        all += instance->channel().calls().size();
        for (int call = 1; call <= std::min(calls, stopsMax); ++call) {
            refill(trial);
            instance = trial.open();
            instance->host().stopAt(call, afterAnswer);
            trial.doing(probe.name + " " + at(call, afterAnswer));
            const auto said = probe.run(*instance);
            look(probe, said, *instance, call, call == calls);
        }
    }
    needCalls(all);
}

void atEachCall(Trial& trial)
{
    stopEverywhere(trial, false,
                   [](const Probe& probe, const Said& said, Instance&, int call, bool) {
                       expect(said.kind == Class::Cancelled,
                              probe.name + " " + at(call, false) + " ended as " + said.outcome());
                   });
}

void afterEachAnswer(Trial& trial)
{
    stopEverywhere(trial, true,
                   [](const Probe& probe, const Said& said, Instance&, int call, bool last) {
                       expect(said.kind == Class::Cancelled || (last && said.done()),
                              probe.name + " " + at(call, true) + " ended as " + said.outcome());
                   });
}

void noMoreCalls(Trial& trial)
{
    stopEverywhere(
        trial, false, [](const Probe& probe, const Said&, Instance& instance, int call, bool) {
            const auto asked = instance.host().uses()["http"];
            expect(asked <= call + 1, probe.name + " " + at(call, false) + " asked for " +
                                          std::to_string(asked - call) + " more calls");
        });
}

void atEachDocument(Trial& trial)
{
    trial.standin();
    for (const auto& probe : pulls(trial)) {
        refill(trial);
        const Value request = {{"cursor", ""}, {"page_max", 2}};
        const std::string stream = probe.name.substr(8);
        const auto all = static_cast<int>(trial.open()->pull(stream, request).documents.size());
        for (int wanted = 0; wanted < std::min(all, stopsMax); ++wanted) {
            const auto instance = trial.open();
            trial.doing(probe.name + " into a sink that takes " + std::to_string(wanted));
            const auto said = instance->pull(stream, request, wanted);
            const std::string what =
                probe.name + " into a sink that takes " + std::to_string(wanted) + " documents";
            expect(said.kind == Class::Cancelled, what + " ended as " + said.outcome());
            expect(static_cast<int>(said.texts.size()) <= wanted + 2,
                   what + " handed over " + std::to_string(said.texts.size()));
        }
    }
    if (pulls(trial).empty())
        throw Skip("the manifest does not name the verb pull");
}

/// What was stopped is done by the next attempt, whole and once.
void isTakenUpAgain(Trial& trial)
{
    trial.needVerb("push");
    for (const auto& kind : trial.manifest().pushes)
        for (const bool afterAnswer : {false, true})
            for (int call = 1; call <= 4; ++call) {
                Pushing pushing(trial, kind, 3);
                auto items = pushing.items();
                pushing.instance().host().stopAt(call, afterAnswer);
                const auto said = pushing.push(items);
                needCalls(pushing.instance().channel().calls().size() +
                          (said.kind == Class::Cancelled ? 1 : 0));
                auto open = items;
                for (auto& item : open)
                    item["previous"] = toText(outcomeOf(said, item));
                std::erase_if(open, [](const Value& item) { return item["previous"] == "done"; });
                pushing.openAnew();
                pushing.pushToTheEnd(open);
                pushing.expectArrived(items, "a push of kind " + kind + " " +
                                                 at(call, afterAnswer) + " and taken up again");
            }
}

void pullsGoOn(Trial& trial)
{
    trial.standin();
    std::size_t calls = 0;
    for (const auto& probe : pulls(trial)) {
        refill(trial);
        const std::string stream = probe.name.substr(8);
        const auto whole = trial.open()->pull(stream, {{"cursor", ""}, {"page_max", 2}});
        const auto instance = trial.open();
        instance->host().stopAt(2);
        const auto part = instance->pull(stream, {{"cursor", ""}, {"page_max", 2}});
        calls += instance->channel().calls().size();
        std::string cursor;
        std::set<std::string> stored; // with the last checkpoint
        std::set<std::string> seen;
        for (const auto& [kind, document] : part.documents) {
            seen.insert(document.dump());
            if (kind == SPH_DOC_CHECKPOINT) {
                cursor = document.value("cursor", "");
                stored = seen;
            }
        }
        const auto rest = trial.open()->pull(stream, {{"cursor", cursor}, {"page_max", 2}});
        expect(rest.done(), probe.name + ", stopped at call 2, goes on as " + rest.outcome());
        for (const auto& [kind, document] : rest.documents)
            stored.insert(document.dump());
        for (const auto& [kind, document] : whole.documents)
            expect(kind == SPH_DOC_CHECKPOINT || kind == SPH_DOC_RATE ||
                       stored.contains(document.dump()),
                   probe.name + ", stopped at call 2 and gone on from its last checkpoint, lacks " +
                       document.dump().substr(0, 200));
    }
    needCalls(calls);
}

} // namespace

Checks cancelChecks()
{
    const char* stop =
        "end the verb with SPH_CANCELLED when http answers it or cancelled() says so";
    return {
        {"cancel.at_each_call", "stopped at any call, a verb ends as cancelled", stop, atEachCall},
        {"cancel.after_each_answer", "stopped after any answer, a verb ends as cancelled, or done",
         stop, afterEachAnswer},
        {"cancel.no_more_calls", "once stopped, no more calls are made", stop, noMoreCalls},
        {"cancel.at_each_document",
         "when the hub wants no more documents, a pull ends as cancelled",
         "end the verb with SPH_CANCELLED when the sink answers another number than 0",
         atEachDocument},
        {"cancel.is_taken_up_again", "a stopped push is made right by the next one",
         "say done only of what is; leave the others without a result", isTakenUpAgain},
        {"cancel.pulls_go_on", "a stopped pull goes on from its last checkpoint",
         "put a checkpoint only behind what was handed over", pullsGoOn},
    };
}

} // namespace spokehub::check
