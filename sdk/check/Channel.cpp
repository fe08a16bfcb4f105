#include "Channel.h"

namespace spokehub::check
{

spokes::HttpReply Channel::send(const spokes::HttpCall& call)
{
    Sent sent{call.method, call.url, call.headers, std::string(call.body)};
    _calls.push_back(sent);
    const auto url = spokes::parseUrl(call.url);
    if (!url || reachOf(_rules, *url) == spokes::Reach::Refused) {
        _forbidden.push_back(call.url);
        return {Class::Config, "the address is not allowed", 0, {}, {}};
    }
    if (call.stopped.stop_requested())
        return {Class::Cancelled, "the hub stops", 0, {}, {}};
    if (_instead)
        if (auto reply = _instead(sent))
            return std::move(*reply);
    if (_standin == nullptr)
        return {Class::Retry, "the fixtures have no stand-in", 0, {}, {}};
    try {
        auto reply = forward(sent);
        if (_after)
            _after(sent, reply);
        return reply;
    } catch (const std::exception& error) {
        _failure = std::current_exception();
        return {Class::Bug, error.what(), 0, {}, {}};
    }
}

void Channel::behave()
{
    _instead = nullptr;
    _after = nullptr;
}

void Channel::forget()
{
    _calls.clear();
    _cost = 0;
}

spokes::HttpReply Channel::forward(const Sent& sent)
{
    Value headers = Value::object();
    for (const auto& [name, value] : sent.headers)
        headers[name] = value;
    const Value answer = _standin->ask({{"request",
                                         {{"method", sent.method},
                                          {"url", sent.url},
                                          {"headers", headers},
                                          {"body", sent.body}}}});
    if (const auto error = answer.find("error"); error != answer.end())
        throw FixtureError("the stand-in of the fixtures says: " + error->dump());
    spokes::HttpReply reply;
    reply.status = answer.value("status", 200);
    const auto body = answer.find("body");
    if (body != answer.end())
        reply.body = body->is_string() ? body->get<std::string>() : body->dump();
    reply.headers.emplace_back("Content-Type", "application/json");
    const Value given = answer.value("headers", Value::object());
    for (const auto& [name, value] : given.items())
        reply.headers.emplace_back(name, value.get<std::string>());
    _cost += answer.value("cost", std::int64_t{1});
    return reply;
}

} // namespace spokehub::check
