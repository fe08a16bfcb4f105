#pragma once

#include "StandIn.h"

#include "spokes/AddressRules.h"
#include "spokes/HttpTransport.h"

#include <exception>
#include <functional>
#include <optional>

namespace spokehub::check
{

/// A call as the spoke made it, with the secrets already in its headers.
struct Sent
{
    std::string method;
    std::string url;
    Headers headers;
    std::string body;
};

/// The channel as the spoke's HTTP reaches it: the stand-in, and before it whatever is to go wrong.
class Channel final : public spokes::HttpTransport
{
public:
    using Instead = std::function<std::optional<spokes::HttpReply>(const Sent& sent)>;
    using After = std::function<void(const Sent& sent, spokes::HttpReply& reply)>;

    Channel(spokes::HttpRules rules, StandIn* standin) : _rules(std::move(rules)), _standin(standin)
    {
    }

    spokes::HttpReply send(const spokes::HttpCall& call) override;

    /// Answers in the place of the channel, which hears nothing.
    void answerInstead(Instead instead) { _instead = std::move(instead); }
    /// Changes what the channel has answered.
    void changeAnswers(After after) { _after = std::move(after); }
    void behave();

    const std::vector<Sent>& calls() const { return _calls; }
    /// URLs that no rule of the manifest or the settings allows.
    const std::vector<std::string>& forbidden() const { return _forbidden; }
    /// What the channel counts for the calls, one for each unless the stand-in says otherwise.
    std::int64_t cost() const { return _cost; }
    void forget();
    /// Throws what the stand-in failed with: an exception may not pass through the spoke.
    void rethrow() const
    {
        if (_failure)
            std::rethrow_exception(_failure);
    }

private:
    spokes::HttpReply forward(const Sent& sent);

    const spokes::HttpRules _rules;
    StandIn* _standin;
    Instead _instead;
    After _after;
    std::vector<Sent> _calls;
    std::vector<std::string> _forbidden;
    std::int64_t _cost = 0;
    std::exception_ptr _failure;
};

} // namespace spokehub::check
