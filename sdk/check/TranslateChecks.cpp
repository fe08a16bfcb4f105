#include "Documents.h"
#include "Trial.h"

#include <algorithm>
#include <random>
#include <set>
#include <thread>

namespace spokehub::check
{

namespace
{

constexpr std::size_t cutsMax = 60;
constexpr const char* extraMember = "spokehub_check_extra";

std::unique_ptr<Instance> opened(Trial& trial)
{
    trial.needVerb("translate");
    return trial.open();
}

const std::vector<Pair>& pairsOf(Trial& trial)
{
    const auto& pairs = trial.fixtures().pairs;
    if (pairs.empty())
        throw Skip("the fixtures have no pairs (NAME.in.json and NAME.out.json)");
    return pairs;
}

/// Those that mean something.
std::vector<Pair> meaningful(Trial& trial)
{
    std::vector<Pair> pairs;
    for (const auto& pair : pairsOf(trial))
        if (pair.meaning.value("class", "") == "done" &&
            !pair.meaning.value("documents", Value::array()).empty())
            pairs.push_back(pair);
    if (pairs.empty())
        throw Skip("no pair of the fixtures means anything");
    return pairs;
}

Said translate(Trial& trial, const Instance& instance, const std::string& name,
               const std::string& topic, std::string_view body)
{
    trial.doing("translate of " + name);
    return instance.translate(topic, body);
}

Value documentsOf(const Said& said)
{
    Value documents = Value::array();
    for (const auto& [kind, document] : said.documents)
        documents.push_back(document);
    return documents;
}

/// Topics whose body says something: a notice may lie in the topic alone.
std::set<std::string> topicsOf(Trial& trial, const Instance& instance)
{
    std::set<std::string> topics;
    for (const auto& pair : meaningful(trial)) {
        const auto said = translate(trial, instance, pair.name, pair.topic, pair.body);
        if (said.of(SPH_DOC_NOTICE).empty())
            topics.insert(pair.topic);
    }
    return topics;
}

/// Not understood: rejected, or a topic that means nothing; never a document.
void mustNotBeUnderstood(const Said& said, const std::string& what)
{
    expect(said.documents.empty() && (said.kind == Class::Rejected || said.kind == Class::Done) &&
               said.mistakes.empty(),
           what + " ended as " + said.outcome() + " with " + std::to_string(said.documents.size()) +
               " documents");
}

// ------------------------------------------------------------------ what is wanted

void pairsMeanWhatTheySay(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& pair : pairsOf(trial)) {
        const auto said = translate(trial, *instance, pair.name, pair.topic, pair.body);
        const auto wanted = pair.meaning.value("class", "done");
        expect(toText(said.kind) == wanted,
               pair.name + " ended as " + said.outcome() + ", not as " + wanted);
        expect(!pair.meaning.contains("reason") || pair.meaning["reason"] == said.reason,
               pair.name + " has the reason '" + said.reason + "'");
        expect(documentsOf(said) == pair.meaning.value("documents", Value::array()),
               pair.name + " means " + documentsOf(said).dump().substr(0, 600));
    }
}

void documentsFit(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& pair : pairsOf(trial)) {
        const auto mistake =
            mistakeIn(translate(trial, *instance, pair.name, pair.topic, pair.body));
        expect(mistake.empty(), pair.name + ": " + mistake);
    }
}

void sameTwice(Trial& trial)
{
    const auto instance = opened(trial);
    const auto today = instance->clock().now();
    for (const auto& pair : pairsOf(trial)) {
        instance->clock().set(today);
        const auto first = translate(trial, *instance, pair.name, pair.topic, pair.body);
        instance->clock().set(today + std::chrono::hours(24));
        const auto second = translate(trial, *instance, pair.name, pair.topic, pair.body);
        expect(first.texts == second.texts && first.number == second.number,
               pair.name + " means something else the second time");
    }
}

void unknownTopics(Trial& trial)
{
    const auto instance = opened(trial);
    const std::string topic = "nobody/knows-this";
    for (const auto& body : {std::string("{}"), meaningful(trial).front().body}) {
        const auto said = translate(trial, *instance, "an unknown topic", topic, body);
        expect(said.documents.empty() &&
                   (said.done() || said.reason.find(topic) != std::string::npos),
               "a message of the topic '" + topic + "' ended as " + said.outcome() + " with " +
                   std::to_string(said.documents.size()) + " documents");
    }
}

/// Each object of the value with one more member; or without it again.
Value withExtra(Value value, bool add)
{
    for (auto& element : value)
        if (element.is_structured())
            element = withExtra(element, add);
    if (value.is_object() && add)
        value[extraMember] = {{"a", {1, "b", nullptr}}};
    else if (value.is_object())
        value.erase(extraMember);
    return value;
}

void extraMembers(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& pair : meaningful(trial)) {
        const auto body = Value::parse(pair.body, nullptr, false);
        if (!body.is_structured())
            continue;
        const auto said = translate(trial, *instance, pair.name + " with members more", pair.topic,
                                    withExtra(body, true).dump());
        const auto before = translate(trial, *instance, pair.name, pair.topic, pair.body);
        expect(said.done() && withExtra(documentsOf(said), false) == documentsOf(before),
               pair.name + " with a member more in each object ended as " + said.outcome() +
                   " and means something else");
    }
}

void cutBodies(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& pair : meaningful(trial)) {
        if (!Value::parse(pair.body, nullptr, false).is_structured())
            continue;
        const std::size_t step = std::max<std::size_t>(1, pair.body.size() / cutsMax);
        for (std::size_t size = 1; size < pair.body.size(); size += step) {
            const auto what = pair.name + " cut after " + std::to_string(size) + " bytes";
            const auto said =
                translate(trial, *instance, what, pair.topic, pair.body.substr(0, size));
            expect(said.kind == Class::Rejected && said.documents.empty(),
                   what + " ended as " + said.outcome() + " with " +
                       std::to_string(said.documents.size()) + " documents");
        }
    }
}

void randomBodies(Trial& trial)
{
    const auto instance = opened(trial);
    std::mt19937 random(11);
    for (const auto& topic : topicsOf(trial, *instance))
        for (int round = 0; round < 60; ++round) {
            std::string body(random() % 300 + 1, '\0');
            for (char& c : body)
                c = static_cast<char>(random() & 0xff);
            mustNotBeUnderstood(translate(trial, *instance, "random bytes", topic, body),
                                "random bytes of the topic " + topic);
        }
}

void emptyBodies(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& topic : topicsOf(trial, *instance))
        mustNotBeUnderstood(translate(trial, *instance, "an empty body", topic, {}),
                            "an empty body of the topic " + topic);
}

void otherJson(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& topic : topicsOf(trial, *instance))
        for (const char* body :
             {"{}", "[]", "null", "1", "\"text\"", "[null]", "[[]]", "{\"id\":[]}"}) {
            const auto what = std::string(body) + " of the topic " + topic;
            mustNotBeUnderstood(translate(trial, *instance, what, topic, body), what);
        }
}

void deepBodies(Trial& trial)
{
    const auto instance = opened(trial);
    constexpr int depth = 200'000;
    std::string objects;
    for (int i = 0; i < depth; ++i)
        objects += "{\"a\":";
    for (const auto& topic : topicsOf(trial, *instance))
        for (const auto& body : {std::string(depth, '['), objects})
            mustNotBeUnderstood(
                translate(trial, *instance, "a body of 200,000 levels", topic, body),
                "a body of 200,000 levels, topic " + topic);
}

void saysWhy(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& pair : meaningful(trial)) {
        const auto said = translate(trial, *instance, "half a body", pair.topic,
                                    pair.body.substr(0, pair.body.size() / 2));
        expect(said.kind == Class::Done || !said.reason.empty(),
               "half of " + pair.name + " ended as " + said.outcome() + " without a reason");
    }
}

void noHostCalls(Trial& trial)
{
    const auto instance = opened(trial);
    instance->host().forgetUses();
    for (const auto& pair : pairsOf(trial))
        translate(trial, *instance, pair.name, pair.topic, pair.body);
    const auto uses = instance->host().laneUses();
    expect(uses.empty(), "translate called " + listed(uses));
}

void onManyThreads(Trial& trial)
{
    const auto instance = opened(trial);
    const auto& pairs = pairsOf(trial);
    std::vector<std::vector<std::string>> wanted;
    for (const auto& pair : pairs)
        wanted.push_back(translate(trial, *instance, pair.name, pair.topic, pair.body).texts);
    trial.doing("translate on four threads");
    std::atomic<int> wrong{0};
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < 4; ++worker)
        workers.emplace_back([&] {
            for (int round = 0; round < 10; ++round)
                for (std::size_t i = 0; i < pairs.size(); ++i)
                    wrong += instance->translate(pairs[i].topic, pairs[i].body).texts == wanted[i]
                                 ? 0
                                 : 1;
        });
    workers.clear();
    expect(wrong == 0, std::to_string(wrong) + " answers on four threads differ from those on one");
}

void fetchesAreStreams(Trial& trial)
{
    const auto instance = opened(trial);
    const auto& streams = trial.manifest().streams;
    for (const auto& pair : pairsOf(trial))
        for (const auto& fetch :
             translate(trial, *instance, pair.name, pair.topic, pair.body).of(SPH_DOC_FETCH))
        {
            const auto stream = fetch.value("stream", "");
            expect(std::ranges::find(streams, stream) != streams.end(),
                   pair.name + " asks to fetch from '" + stream +
                       "', which is no stream of the manifest");
        }
}

} // namespace

Checks translateChecks()
{
    const char* reject = "answer SPH_REJECTED with a reason unless all of the body is understood";
    return {
        {"translate.pairs", "every pair of the fixtures means what it says",
         "correct translate, or the pair", pairsMeanWhatTheySay},
        {"translate.documents_fit", "every document is as DOCUMENTS.md says",
         "write it with Messages.h", documentsFit},
        {"translate.same_twice", "the same message means the same each time",
         "take times from the message, not from the clock; keep nothing between calls", sameTwice},
        {"translate.unknown_topics", "an unknown topic means nothing, or is named",
         "answer SPH_DONE without documents", unknownTopics},
        {"translate.extra_members", "members that are not known change nothing",
         "look only for what is known: channels add members", extraMembers},
        {"translate.cut_bodies", "a body that is cut is rejected whole", reject, cutBodies},
        {"translate.random_bodies", "random bytes are rejected", reject, randomBodies},
        {"translate.empty_bodies", "an empty body is rejected", reject, emptyBodies},
        {"translate.other_json", "JSON of another shape is rejected",
         "check every member's type before use; an order has an id", otherJson},
        {"translate.deep_bodies", "a body of 200,000 levels does no harm",
         "bound the depth, as simdjson does, or parse without recursion", deepBodies},
        {"translate.says_why", "what is rejected says why", "name the member in the problem",
         saysWhy},
        {"translate.no_host_calls", "translate is pure",
         "answer SPH_DOC_FETCH for what must be read at the source", noHostCalls},
        {"translate.many_threads", "translate gives the same answers on many threads at once",
         "change no member and no static in translate", onManyThreads},
        {"translate.fetches_are_streams", "what is to be fetched is a stream of the manifest",
         "name the stream in the manifest, and read one thing by its id in pull",
         fetchesAreStreams},
    };
}

} // namespace spokehub::check
