// The groups check and subscribe.
#include "Documents.h"
#include "Probes.h"

#include <algorithm>

namespace spokehub::check
{

namespace
{

constexpr const char* address = "https://hub.example.com/webhooks/certified";

std::unique_ptr<Instance> opened(Trial& trial)
{
    trial.needVerb("check");
    if (trial.hasStandIn())
        refill(trial);
    return trial.open();
}

Said check(Trial& trial, Instance& instance)
{
    trial.doing("check");
    return instance.check();
}

std::vector<std::string> errorsOf(const Said& said)
{
    std::vector<std::string> errors;
    for (const auto& finding : said.of(SPH_DOC_FINDING))
        if (finding.value("level", "") == "error")
            errors.push_back(finding.value("message", ""));
    return errors;
}

void findsNothingWrong(Trial& trial)
{
    const auto said = check(trial, *opened(trial));
    expect(said.done(), "check ended as " + said.outcome());
    expect(errorsOf(said).empty(), "it reports: " + listed(errorsOf(said)));
    expect(!said.of(SPH_DOC_FINDING).empty(), "it reports nothing, not even that all is well");
}

void findingsFit(Trial& trial)
{
    const auto mistake = mistakeIn(check(trial, *opened(trial)));
    expect(mistake.empty(), mistake);
}

void findsBadCredentials(Trial& trial)
{
    const auto instance = opened(trial);
    instance->channel().answerInstead([](const Sent&) {
        return spokes::HttpReply{Class::Done, {}, 401, {}, "{}"};
    });
    const auto said = check(trial, *instance);
    needCalls(instance->channel().calls().size());
    expect(!errorsOf(said).empty() || said.kind == Class::Auth,
           "the channel answers 401 to everything, and check ended as " + said.outcome() +
               " without an error");
}

void findsAnAbsentChannel(Trial& trial)
{
    const auto instance = opened(trial);
    instance->channel().answerInstead([](const Sent&) {
        return spokes::HttpReply{Class::Retry, "no route", 0, {}, {}};
    });
    const auto said = check(trial, *instance);
    needCalls(instance->channel().calls().size());
    expect(!errorsOf(said).empty() || said.kind == Class::Retry || said.kind == Class::Config,
           "the channel cannot be reached, and check ended as " + said.outcome() +
               " without an error");
}

// ------------------------------------------------------------------ subscribe

std::unique_ptr<Instance> subscriber(Trial& trial)
{
    trial.needVerb("subscribe");
    trial.standin();
    refill(trial);
    return trial.open();
}

/// State by topic.
std::map<std::string, std::string> ask(Trial& trial, Instance& instance, const char* action,
                                       const std::string& where = address)
{
    trial.doing(std::string("subscribe with the action ") + action);
    const auto said = instance.subscribe({{"action", action}, {"address", where}});
    expect(said.done(), std::string(action) + " ended as " + said.outcome());
    const auto mistake = mistakeIn(said);
    expect(mistake.empty(), mistake);
    std::map<std::string, std::string> states;
    for (const auto& one : said.of(SPH_DOC_SUBSCRIPTION))
        states[one["topic"].get<std::string>()] = one["state"].get<std::string>();
    return states;
}

void mustBe(Trial& trial, const std::map<std::string, std::string>& states,
            std::initializer_list<std::string_view> wanted, const std::string& what)
{
    for (const auto& topic : trial.manifest().topics) {
        const auto found = states.find(topic);
        const std::string state = found == states.end() ? "not named" : found->second;
        expect(std::ranges::find(wanted, state) != wanted.end(),
               what + ", the topic " + topic + " is " + state);
    }
}

void repairs(Trial& trial)
{
    const auto instance = subscriber(trial);
    mustBe(trial, ask(trial, *instance, "list"), {"failed"}, "of a channel without webhooks");
    mustBe(trial, ask(trial, *instance, "repair"), {"created", "repaired", "present"}, "repaired");
    mustBe(trial, ask(trial, *instance, "list"), {"present"}, "listed after the repair");
}

void repairsOnce(Trial& trial)
{
    const auto instance = subscriber(trial);
    ask(trial, *instance, "repair");
    mustBe(trial, ask(trial, *instance, "repair"), {"present"}, "repaired a second time");
}

void followsTheHub(Trial& trial)
{
    const auto instance = subscriber(trial);
    const std::string moved = "https://other.example.com/webhooks/certified";
    ask(trial, *instance, "repair");
    ask(trial, *instance, "repair", moved);
    mustBe(trial, ask(trial, *instance, "list", moved), {"present"}, "after the hub has moved");
}

void removes(Trial& trial)
{
    const auto instance = subscriber(trial);
    ask(trial, *instance, "repair");
    ask(trial, *instance, "remove");
    mustBe(trial, ask(trial, *instance, "list"), {"failed"}, "listed after the removal");
}

void unknownActions(Trial& trial)
{
    const auto instance = subscriber(trial);
    trial.doing("subscribe with an unknown action");
    const auto said = instance->subscribe({{"action", "nobody_knows_this"}, {"address", address}});
    expect(said.kind == Class::Unsupported && !said.reason.empty(),
           "the action 'nobody_knows_this' ended as " + said.outcome());
}

} // namespace

Checks verbChecks()
{
    const char* findings = "put what is wrong into the sink as findings of the level error";
    return {
        {"check.finds_nothing_wrong", "where all is well, check says so",
         "put a finding of the level ok for what was looked at", findsNothingWrong},
        {"check.findings_fit", "every finding is as DOCUMENTS.md says", "write it with Messages.h",
         findingsFit},
        {"check.finds_bad_credentials", "check finds credentials that are refused", findings,
         findsBadCredentials},
        {"check.finds_an_absent_channel", "check finds a channel that cannot be reached", findings,
         findsAnAbsentChannel},
        {"subscribe.repairs", "every topic of the manifest is missed, subscribed and then present",
         "answer for each topic of the manifest", repairs},
        {"subscribe.repairs_once", "a second repair finds everything present",
         "look what is there before subscribing", repairsOnce},
        {"subscribe.follows_the_hub", "after the hub has moved, repair leads webhooks to it",
         "change, or replace, the subscriptions of the old address", followsTheHub},
        {"subscribe.removes", "what was subscribed is removed",
         "remove the subscriptions of this address", removes},
        {"subscribe.unknown_actions", "an unknown action is unsupported",
         "answer SPH_UNSUPPORTED with a reason", unknownActions},
    };
}

} // namespace spokehub::check
