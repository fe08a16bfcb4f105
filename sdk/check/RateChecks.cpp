#include "Probes.h"

#include <algorithm>

namespace spokehub::check
{

namespace
{

constexpr int pushesMany = 40;

/// A bucket as the manifest describes the channel's, in thousandths and milliseconds.
class Bucket
{
public:
    explicit Bucket(const spokes::RateRule& rule)
        : _capacity(rule.capacity * 1000), _restore(rule.restorePerSecond), _left(_capacity)
    {
    }

    void pass(std::int64_t ms) { _left = std::min(_capacity, _left + _restore * ms); }
    void take(std::int64_t cost) { _left -= cost * 1000; }
    std::int64_t msUntil(std::int64_t cost) const
    {
        const std::int64_t missing = cost * 1000 - _left;
        return missing <= 0 ? 0 : (missing + _restore - 1) / _restore;
    }
    bool overdrawn() const { return _left < 0; }

private:
    const std::int64_t _capacity;
    const std::int64_t _restore;
    std::int64_t _left;
};

/// As the lane does at full pressure: a push as soon as the bucket has its cost.
void withinTheHint(Trial& trial)
{
    Pushing pushing(trial, "stock", batchMax(trial));
    const auto& rule = trial.manifest().rate;
    Bucket hub(rule);
    Bucket channel(rule);
    for (int push = 1; push <= pushesMany; ++push) {
        const auto wait = hub.msUntil(rule.cost);
        hub.pass(wait);
        channel.pass(wait);
        hub.take(rule.cost);
        pushing.instance().channel().forget();
        pushing.push(pushing.items(push, push));
        needCalls(pushing.instance().channel().calls().size());
        channel.take(pushing.instance().channel().cost());
        expect(!channel.overdrawn(), "push " + std::to_string(push) + " of " +
                                         std::to_string(rule.batchMax) +
                                         " items cost the channel " +
                                         std::to_string(pushing.instance().channel().cost()) +
                                         ", where the manifest says " + std::to_string(rule.cost) +
                                         ": its bucket is overdrawn");
    }
}

void stopsWhenLimited(Trial& trial)
{
    constexpr std::size_t limitedMax = 3;
    std::size_t calls = 0;
    for (const auto& probe : probes(trial))
        for (std::size_t limited = 1; limited <= limitedMax; ++limited) {
            refill(trial);
            const auto instance = trial.open();
            auto& channel = instance->channel();
            channel.answerInstead([&](const Sent&) {
                return channel.calls().size() < limited
                           ? std::nullopt
                           : std::optional(spokes::HttpReply{
                                 Class::Done, {}, 429, {{"Retry-After", "1"}}, {}});
            });
            trial.doing(probe.name + " limited at call " + std::to_string(limited));
            probe.run(*instance);
            calls += channel.calls().size();
            expect(channel.calls().size() <= limited,
                   probe.name + ", answered 429 at call " + std::to_string(limited) + ", made " +
                       std::to_string(channel.calls().size()) + " calls");
        }
    needCalls(calls);
}

void pullsArePaged(Trial& trial)
{
    constexpr std::int64_t things = 100;
    constexpr std::size_t callsMost = 110; // one for each, and some more
    trial.standin();
    std::size_t calls = 0;
    for (const auto& probe : pulls(trial)) {
        trial.reset({{"orders", things}, {"listings", things}, {"parcels", things}});
        const auto instance = trial.open();
        trial.doing(probe.name);
        const auto stream = probe.name.substr(8);
        instance->pull(stream, trial.pullRequest(stream, {{"cursor", ""}}));
        const auto made = instance->channel().calls().size();
        calls += made;
        expect(made <= callsMost,
               "a " + probe.name + " of 100 things made " + std::to_string(made) + " calls");
    }
    needCalls(calls);
}

} // namespace

Checks rateChecks()
{
    return {
        {"rate.within_the_hint", "at full pressure pushes cost the channel no more than the hint",
         "say in 'rate' what a push of batch_max items costs, or send it in fewer calls",
         withinTheHint},
        {"rate.stops_when_limited", "after 429 no other call is made in the verb",
         "end the verb as rate_limited at once", stopsWhenLimited},
        {"rate.pulls_are_paged", "a pull takes no more calls than there are things",
         "read pages, not one thing at a time", pullsArePaged},
    };
}

} // namespace spokehub::check
