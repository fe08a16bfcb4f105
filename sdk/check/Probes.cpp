#include "Probes.h"

#include <algorithm>

namespace spokehub::check
{

namespace
{

constexpr std::int64_t filled = 5;
constexpr std::int64_t smallPage = 2;
constexpr std::size_t pushed = 3;
constexpr const char* hookAddress = "https://hub.example.com/webhooks/channel";

Probe pushOf(const std::string& kind, std::vector<Value> items)
{
    const Value batch = {{"kind", kind}, {"items", items}};
    return {"push of kind " + kind, true,
            [batch](Instance& instance) { return instance.push(batch); }, std::move(items)};
}

bool findsErrors(const Said& said)
{
    return std::ranges::any_of(said.of(SPH_DOC_FINDING), [](const Value& finding) {
        return finding.value("level", "") == "error";
    });
}

} // namespace

void refill(Trial& trial)
{
    trial.reset({{"orders", filled}, {"listings", filled}, {"parcels", filled}});
}

std::vector<Probe> pulls(Trial& trial)
{
    std::vector<Probe> made;
    if (!trial.manifest().has("pull"))
        return made;
    if (std::ranges::count(trial.manifest().streams, "shipments") != 0)
        refill(trial); // parcels are asked for by number
    for (const std::string stream : {"orders", "listings", "levels", "shipments"})
        if (std::ranges::count(trial.manifest().streams, stream) != 0)
            made.push_back({"pull of " + stream, false, [stream, &trial](Instance& instance) {
                                return instance.pull(
                                    stream, trial.pullRequest(
                                                stream, {{"cursor", ""}, {"page_max", smallPage}}));
                            }});
    return made;
}

std::vector<Probe> pushes(Trial& trial)
{
    std::vector<Probe> made;
    if (trial.manifest().has("push"))
        for (const auto& kind : trial.manifest().pushes)
            made.push_back(pushOf(kind, Pushing(trial, kind, pushed).items()));
    return made;
}

std::vector<Probe> probes(Trial& trial)
{
    trial.standin();
    auto made = pushes(trial);
    for (auto& pull : pulls(trial))
        made.push_back(std::move(pull));
    if (trial.manifest().has("check"))
        made.push_back({"check", false, [](Instance& instance) { return instance.check(); }});
    if (trial.manifest().has("subscribe"))
        made.push_back(
            {"subscribe", true, [](Instance& instance) {
                 return instance.subscribe({{"action", "repair"}, {"address", hookAddress}});
             }});
    refill(trial);
    return made;
}

std::set<Class> outcomes(const Probe& probe, const Said& said)
{
    if (probe.items.empty())
        return probe.name == "check" && said.done() && findsErrors(said) ? std::set<Class>{}
                                                                         : std::set{said.kind};
    std::set<Class> classes;
    for (const auto& item : probe.items)
        classes.insert(outcomeOf(said, item));
    return classes;
}

std::string reasonsOf(const Probe& probe, const Said& said)
{
    std::string all = said.reason;
    for (const auto& item : probe.items)
        if (auto reason = reasonOf(said, item); reason != said.reason)
            all += "; " + reason;
    for (const auto& finding : said.of(SPH_DOC_FINDING))
        all += finding.value("level", "") == "ok" ? "" : "; " + finding.value("message", "");
    return all;
}

std::string textOf(const std::set<Class>& classes)
{
    std::vector<std::string> words;
    for (const Class kind : classes)
        words.emplace_back(toText(kind));
    return listed(words, words.size());
}

void needCalls(std::size_t calls)
{
    if (calls == 0)
        throw Skip("the spoke makes no HTTP call");
}

} // namespace spokehub::check
