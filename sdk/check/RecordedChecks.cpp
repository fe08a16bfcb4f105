// The group recorded: what a real channel once answered, and what the spoke then made of it, holds.
#include "Documents.h"
#include "Trial.h"

#include "spokes/Recording.h"

#include <algorithm>
#include <array>

namespace spokehub::check
{

namespace
{

constexpr std::array<std::pair<std::string_view, std::int32_t>, 9> kinds = {
    {{"fact", SPH_DOC_FACT},
     {"listing", SPH_DOC_LISTING},
     {"level", SPH_DOC_LEVEL},
     {"parcel", SPH_DOC_PARCEL},
     {"finding", SPH_DOC_FINDING},
     {"checkpoint", SPH_DOC_CHECKPOINT},
     {"result", SPH_DOC_RESULT},
     {"rate", SPH_DOC_RATE},
     {"subscription", SPH_DOC_SUBSCRIPTION}}};

std::string_view nameOf(std::int32_t kind)
{
    const auto found = std::ranges::find(kinds, kind, [](const auto& each) { return each.second; });
    return found == kinds.end() ? "document" : found->first;
}

/// Where two documents part: "lines.0.quantity"; empty when they are equal.
std::string differenceOf(const Value& was, const Value& is, const std::string& at = {})
{
    if (was == is)
        return {};
    if (was.type() != is.type() || !was.is_structured() || was.size() != is.size())
        return (at.empty() ? "" : at + " ") + "was " + was.dump().substr(0, 120) + ", is " +
               is.dump().substr(0, 120);
    for (const auto& [name, value] : was.items()) {
        const std::string place = (at.empty() ? "" : at + ".") + name;
        if (was.is_object() && !is.contains(name))
            return place + " is missing";
        const Value& other = was.is_object() ? is[name] : is[std::stoul(name)];
        if (auto difference = differenceOf(value, other, place); !difference.empty())
            return difference;
    }
    return at + " differs";
}

Said ask(Instance& instance, const std::string& verb, const Value& call)
{
    // One more than was wanted then: it is not taken, as it was not.
    const bool cut = call.value("class", "") == "cancelled";
    const int most = cut ? static_cast<int>(call["documents"].size()) : -1;
    const Value request = call.value("request", Value::object());
    if (verb == "check")
        return instance.check();
    if (verb == "push")
        return instance.push(request, most);
    return instance.pull(verb.substr(std::string_view("pull ").size()), request, most);
}

void mustSayTheSame(const Value& call, const Said& said, const std::string& where)
{
    const auto wanted = call.value("class", "");
    expect(said.mistakes.empty(), where + ": " + (said.mistakes.empty() ? "" : said.mistakes[0]));
    expect(wanted == toText(said.kind),
           where + " ended as " + wanted + " when it was recorded, and ends as " + said.outcome());
    const Value documents = call.value("documents", Value::array());
    for (std::size_t i = 0; i < std::min(documents.size(), said.documents.size()); ++i) {
        const auto& [kind, document] = said.documents[i];
        const std::string what = where + ", document " + std::to_string(i + 1);
        expect(documents[i].value("kind", "") == nameOf(kind),
               what + " was a " + documents[i].value("kind", "") + " and is a " +
                   std::string(nameOf(kind)));
        const auto difference = differenceOf(documents[i].value("document", Value()), document);
        expect(difference.empty(), what + " (" + std::string(nameOf(kind)) + "): " + difference);
    }
    expect(documents.size() == said.documents.size(),
           where + ": " + std::to_string(documents.size()) + " documents were recorded, and " +
               std::to_string(said.documents.size()) + " are handed over");
}

void play(Trial& trial, const RecordedChannel& recorded, const Value& call)
{
    const auto verb = call.value("verb", "");
    const std::string where = recorded.name + ": " + verb;
    trial.doing("the recorded " + where);
    auto secrets = trial.secrets();
    const auto instance = trial.open(recorded.settings, secrets);
    expect(instance->isOpen(),
           where + ": with the recorded settings it opens as " + instance->opened().outcome());
    if (const auto now = timeFromIso(recorded.now))
        instance->clock().set(*now);
    spokes::Replay replay(recorded.exchanges);
    instance->channel().answerInstead([&](const Sent& sent) {
        spokes::HttpCall asked;
        asked.method = sent.method;
        asked.url = sent.url;
        asked.body = sent.body;
        return std::optional(replay.send(asked));
    });
    mustSayTheSame(call, ask(*instance, verb, call), where);
}

/// Plays every recorded call whose verb begins so.
void playAll(Trial& trial, std::string_view verb)
{
    std::size_t played = 0;
    for (const auto& recorded : trial.fixtures().recorded)
        for (const Value& call : recorded.calls)
            if (call.value("verb", "").starts_with(verb)) {
                play(trial, recorded, call);
                ++played;
            }
    if (played == 0)
        throw Skip("the fixtures have no recorded " + std::string(verb) +
                   "; make one by `spokehub spoke record CHANNEL --out fixtures/recorded`");
}

void checkSaysTheSame(Trial& trial)
{
    playAll(trial, "check");
}

void pullsSayTheSame(Trial& trial)
{
    playAll(trial, "pull");
}

void pushesSayTheSame(Trial& trial)
{
    playAll(trial, "push");
}

} // namespace

Checks recordedChecks()
{
    const char* remedy =
        "when the change is meant, record the channel anew; else the spoke has lost something";
    return {
        {"recorded.check", "a recorded check says what it said", remedy, checkSaysTheSame},
        {"recorded.pulls", "recorded pulls hand over what they did", remedy, pullsSayTheSame},
        {"recorded.pushes", "recorded pushes end as they did", remedy, pushesSayTheSame},
    };
}

} // namespace spokehub::check
