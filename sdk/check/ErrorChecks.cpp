#include "Probes.h"

#include <algorithm>
#include <optional>

namespace spokehub::check
{

namespace
{

using Classes = std::set<Class>;

constexpr std::size_t callsMax = 10;
constexpr std::size_t reasonBytesMax = 4096;

/// Bodies that come with failures: nothing, JSON, HTML, half of something, noise.
const std::vector<std::string>& errorBodies()
{
    static const std::vector<std::string> bodies = {
        "",
        "{}",
        R"({"error": "something", "errors": "something", "message": "something"})",
        R"({"errors": [{"message": "something"}]})",
        "[]",
        "null",
        "<html><body><h1>Sorry</h1></body></html>",
        R"({"error": )",
        "\xff\xfe\x00garbage",
        std::string(200'000, 'x')};
    return bodies;
}

spokes::HttpReply answer(int status, const std::string& body, Headers headers = {})
{
    return {Class::Done, {}, status, std::move(headers), body};
}

/// The classes that the fixtures name for a status, when this channel differs from others.
Classes expected(Trial& trial, const Probe& probe, int status, const Classes& usual)
{
    const auto& named = trial.fixtures().expected;
    const std::string number = std::to_string(status);
    for (const auto& key : {probe.name.substr(0, probe.name.find(' ')) + "." + number, number})
        if (const auto found = named.find(key); found != named.end()) {
            Classes classes;
            for (const auto& word : *found)
                if (const auto kind = classFromText(word.get<std::string>()))
                    classes.insert(*kind);
            return classes;
        }
    return usual;
}

/// Each probe against a channel that answers every call with this status, with each of the bodies.
void everyAnswerIs(Trial& trial, int status, const std::vector<std::string>& bodies,
                   const Classes& reading, const Classes& writing)
{
    std::size_t calls = 0;
    for (const auto& probe : probes(trial)) {
        const auto wanted = expected(trial, probe, status, probe.writes ? writing : reading);
        for (const auto& body : bodies) {
            const auto instance = trial.open();
            instance->channel().answerInstead([&](const Sent&) { return answer(status, body); });
            const std::string what = probe.name + " answered " + std::to_string(status) +
                                     " with the body '" + body.substr(0, 60) + "'";
            trial.doing(what);
            const auto said = probe.run(*instance);
            calls += instance->channel().calls().size();
            if (instance->channel().calls().empty())
                break;
            const auto ended = outcomes(probe, said);
            expect(std::ranges::includes(wanted, ended) && said.mistakes.empty(),
                   what + " ended as " + textOf(ended) + " (" + reasonsOf(probe, said) + "), not " +
                       textOf(wanted));
        }
    }
    needCalls(calls);
}

void everyAnswerIs(Trial& trial, std::initializer_list<int> statuses, const Classes& reading,
                   const Classes& writing)
{
    for (const int status : statuses)
        everyAnswerIs(trial, status, errorBodies(), reading, writing);
}

// ------------------------------------------------------------------ what is wanted

void unauthorized(Trial& trial)
{
    everyAnswerIs(trial, {401}, {Class::Auth}, {Class::Auth});
}

void forbidden(Trial& trial)
{
    const Classes good = {Class::Auth, Class::Config, Class::Rejected};
    everyAnswerIs(trial, {403}, good, good);
}

void notFound(Trial& trial)
{
    const Classes good = {Class::Config, Class::Unmatched, Class::Rejected, Class::Unsupported};
    everyAnswerIs(trial, {404}, good, good);
}

void refused(Trial& trial)
{
    const Classes good = {Class::Config, Class::Unmatched, Class::Rejected, Class::Unsupported,
                          Class::Bug};
    everyAnswerIs(trial, {400, 405, 415, 422}, good, good);
}

void redirected(Trial& trial)
{
    const Classes good = {Class::Config, Class::Rejected, Class::Bug};
    everyAnswerIs(trial, {301, 302, 307}, good, good);
}

void tooMany(Trial& trial)
{
    everyAnswerIs(trial, {429}, {Class::RateLimited}, {Class::RateLimited});
}

void theirFailures(Trial& trial)
{
    everyAnswerIs(trial, {500, 502, 503, 504}, {Class::Retry, Class::RateLimited},
                  {Class::Retry, Class::RateLimited, Class::UnknownOutcome});
}

void garbage(Trial& trial)
{
    const std::vector<std::string> bodies = {"",
                                             "{}",
                                             "[]",
                                             "null",
                                             "\"text\"",
                                             R"({"data": )",
                                             "<html><body>Sign in</body></html>",
                                             "\xff\xfe"};
    std::size_t calls = 0;
    for (const auto& probe : pulls(trial)) {
        refill(trial);
        const Classes good = {Class::Retry, Class::Bug};
        for (const auto& body : bodies) {
            const auto instance = trial.open();
            instance->channel().answerInstead([&](const Sent&) { return answer(200, body); });
            const std::string what = probe.name + " answered 200 with the body '" + body + "'";
            trial.doing(what);
            const auto said = probe.run(*instance);
            calls += instance->channel().calls().size();
            if (instance->channel().calls().empty())
                break;
            expect(good.contains(said.kind) && said.mistakes.empty(),
                   what + " ended as " + said.outcome());
        }
    }
    needCalls(calls);
}

/// Pushes whose change was made, but whose answer is replaced.
void afterAChange(Trial& trial, const std::function<spokes::HttpReply()>& replaced,
                  const std::string& what)
{
    trial.needVerb("push");
    std::size_t calls = 0;
    for (const auto& kind : trial.manifest().pushes) {
        Pushing pushing(trial, kind, 2);
        const auto before = pushing.effects();
        auto& channel = pushing.instance().channel();
        bool changed = false;
        channel.changeAnswers([&](const Sent&, spokes::HttpReply& reply) {
            if (!changed && pushing.effects() != before) {
                changed = true;
                reply = reply.body.empty() && reply.status == 204 ? reply : replaced();
            }
        });
        const auto items = pushing.items();
        const auto said = pushing.push(items);
        calls += channel.calls().size();
        Classes ended;
        for (const auto& item : items)
            ended.insert(outcomeOf(said, item));
        const Classes good = {Class::UnknownOutcome, Class::Done, Class::Retry};
        expect(!changed || ended.contains(Class::UnknownOutcome) || ended == Classes{Class::Done},
               "a push of kind " + kind + " whose change was made and answered " + what +
                   " ended as " + textOf(ended));
        expect(std::ranges::includes(good, ended),
               "a push of kind " + kind + " answered " + what + " ended as " + textOf(ended));
    }
    needCalls(calls);
}

void failuresAfterAChange(Trial& trial)
{
    for (const int status : {500, 502, 504})
        afterAChange(
            trial, [status] { return answer(status, "Sorry"); }, "with " + std::to_string(status));
}

void garbageAfterAChange(Trial& trial)
{
    for (const std::string body : {"<html>Sorry</html>", "{\"data\": "})
        afterAChange(
            trial, [&body] { return answer(200, body); }, "with 200 and '" + body + "'");
}

/// The wait that comes of a 429 with this header; nothing when none is said.
std::optional<std::int64_t> waitOf(Trial& trial, const Probe& probe, const std::string& header)
{
    const auto instance = trial.open();
    instance->channel().answerInstead([&](const Sent&) {
        return answer(429, "{}", {{"Retry-After", header}});
    });
    trial.doing(probe.name + " answered 429 with Retry-After: " + header);
    const auto said = probe.run(*instance);
    needCalls(instance->channel().calls().size());
    expect(outcomes(probe, said).contains(Class::RateLimited),
           probe.name + " answered 429 with 'Retry-After: " + header + "' ended as " +
               textOf(outcomes(probe, said)));
    if (said.retryAfterMs)
        return said.retryAfterMs;
    for (const auto& result : said.of(SPH_DOC_RESULT))
        if (result.contains("retry_after_ms"))
            return result["retry_after_ms"].get<std::int64_t>();
    return std::nullopt;
}

std::vector<Probe> pullsAndPushes(Trial& trial)
{
    trial.standin();
    auto all = pushes(trial);
    for (auto& pull : pulls(trial))
        all.push_back(std::move(pull));
    if (all.empty())
        throw Skip("the manifest names neither pull nor push");
    return all;
}

void mustWait(Trial& trial, const std::string& header, std::int64_t least, std::int64_t most)
{
    for (const auto& probe : pullsAndPushes(trial)) {
        const auto wait = waitOf(trial, probe, header);
        expect(wait && *wait >= least && *wait <= most,
               probe.name + " answered 429 with 'Retry-After: " + header + "' asks to wait " +
                   (wait ? std::to_string(*wait) + " ms" : "for no stated time"));
    }
}

void retryAfterSeconds(Trial& trial)
{
    mustWait(trial, "7", 7000, 8000);
}

void retryAfterDate(Trial& trial)
{
    mustWait(trial, "Fri, 20 Nov 2026 12:00:09 GMT", 8000, 10'000); // the clock says 12:00:00
}

void retryAfterGarbage(Trial& trial)
{
    constexpr std::int64_t dayMs = 24 * 60 * 60 * 1000;
    for (const char* header : {"soon", "-5", "99999999", "99999999999999999999", "", "1e9",
                               "Fri, 31 Feb 2026 99:99:99 GMT"})
        for (const auto& probe : pullsAndPushes(trial)) {
            const auto wait = waitOf(trial, probe, header);
            expect(!wait || (*wait >= 0 && *wait <= dayMs),
                   probe.name + " answered 429 with 'Retry-After: " + header + "' asks to wait " +
                       std::to_string(wait.value_or(0)) + " ms");
        }
}

void withTransport(Trial& trial, Class transport, const Classes& wanted, bool pullsOnly)
{
    std::size_t calls = 0;
    for (const auto& probe : pullsOnly ? pulls(trial) : probes(trial)) {
        trial.standin();
        const auto instance = trial.open();
        instance->channel().answerInstead([&](const Sent&) {
            return spokes::HttpReply{transport, "the certifier cuts the line", 0, {}, {}};
        });
        trial.doing(probe.name + " over a line that is cut");
        const auto said = probe.run(*instance);
        calls += instance->channel().calls().size();
        if (instance->channel().calls().empty())
            continue;
        const auto ended = outcomes(probe, said);
        expect(std::ranges::includes(wanted, ended),
               probe.name + ", where the host answers " + std::string(toText(transport)) +
                   " to every call, ended as " + textOf(ended));
    }
    needCalls(calls);
}

void nothingSent(Trial& trial)
{
    withTransport(trial, Class::Retry, {Class::Retry}, false);
}

void lostWhileReading(Trial& trial)
{
    withTransport(trial, Class::UnknownOutcome, {Class::Retry}, true);
}

/// What each probe says against answers of this status and body.
template <class Look>
void eachFailure(Trial& trial, const std::string& body, Look&& look)
{
    std::size_t calls = 0;
    for (const auto& probe : probes(trial))
        for (const int status : {400, 401, 404, 429, 500}) {
            const auto instance = trial.open();
            instance->channel().answerInstead([&](const Sent&) { return answer(status, body); });
            trial.doing(probe.name + " answered " + std::to_string(status));
            const auto said = probe.run(*instance);
            calls += instance->channel().calls().size();
            if (!instance->channel().calls().empty())
                look(probe, said, *instance, status);
        }
    needCalls(calls);
}

void saysWhy(Trial& trial)
{
    eachFailure(trial, "{}", [](const Probe& probe, const Said& said, Instance&, int status) {
        expect(!reasonsOf(probe, said).empty(),
               probe.name + " answered " + std::to_string(status) + " gives no reason");
    });
}

void reasonsAreShort(Trial& trial)
{
    eachFailure(trial, std::string(1'000'000, 'x'),
                [](const Probe& probe, const Said& said, Instance&, int status) {
                    const auto size = reasonsOf(probe, said).size();
                    expect(size <= reasonBytesMax * 4, probe.name + " answered " +
                                                           std::to_string(status) +
                                                           " with a million bytes has reasons of " +
                                                           std::to_string(size) + " bytes");
                });
}

void givesUp(Trial& trial)
{
    eachFailure(trial, "{}", [](const Probe& probe, const Said&, Instance& instance, int status) {
        const auto calls = instance.channel().calls().size();
        expect(calls <= callsMax, probe.name + " answered " + std::to_string(status) + " made " +
                                      std::to_string(calls) + " calls");
    });
}

} // namespace

Checks errorChecks()
{
    const char* map =
        "give this status its class where answers are read; 'expected' of channel.json "
        "says where this channel differs";
    const char* wait = "read it with HttpResult::retryAfter, and put it into retry_after_ms";
    return {
        {"errors.unauthorized", "401 is auth, whatever the body", map, unauthorized},
        {"errors.forbidden", "403 is auth, config or rejected", map, forbidden},
        {"errors.not_found", "404 of everything is config, unmatched, rejected or unsupported", map,
         notFound},
        {"errors.refused", "400, 405, 415 and 422 are no success and not tried again", map,
         refused},
        {"errors.redirected", "redirects are not followed and no success", map, redirected},
        {"errors.too_many", "429 is rate_limited, whatever the body", map, tooMany},
        {"errors.their_failures", "500, 502, 503 and 504 are tried again", map, theirFailures},
        {"errors.garbage", "200 with what is no answer of the channel is not done",
         "look for what the answer must have; answer retry when it is not there", garbage},
        {"errors.failures_after_a_change", "500 after a change is an unknown outcome",
         "answer SPH_UNKNOWN_OUTCOME: 500, 502 and 504 do not say that nothing happened",
         failuresAfterAChange},
        {"errors.garbage_after_a_change", "garbage after a change is an unknown outcome",
         "answer SPH_UNKNOWN_OUTCOME when the answer to a write cannot be read",
         garbageAfterAChange},
        {"errors.retry_after_seconds", "Retry-After in seconds is waited for", wait,
         retryAfterSeconds},
        {"errors.retry_after_date", "Retry-After as a date is waited for", wait, retryAfterDate},
        {"errors.retry_after_garbage", "a Retry-After that makes no sense is no wait of days", wait,
         retryAfterGarbage},
        {"errors.nothing_sent", "what was not sent is tried again",
         "pass on SPH_RETRY of http as it is", nothingSent},
        {"errors.lost_while_reading", "a lost answer to a read is tried again",
         "answer SPH_RETRY: reading twice does no harm", lostWhileReading},
        {"errors.says_why", "every failure says why", "put a reason into the problem or the result",
         saysWhy},
        {"errors.reasons_are_short", "a reason is a sentence, not the whole answer",
         "keep an answer's body out of the reason unless it is short", reasonsAreShort},
        {"errors.gives_up", "a call that fails is not made again in the same verb",
         "end the verb with its class: the hub waits and tries again", givesUp},
    };
}

} // namespace spokehub::check
