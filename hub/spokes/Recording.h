#pragma once

#include "spokes/HttpTransport.h"
#include "spokes/Vault.h"

#include <string>
#include <string_view>
#include <vector>

namespace spokehub::spokes
{

/// One call to a channel and what came back.
struct Exchange
{
    std::string method;
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    HttpReply reply;
};

/// Exchanges as a JSON list of {"request": {"method", "url", "headers", "body"}, "answer":
/// {"status", "headers", "body"}}: what a stand-in of the certifier is asked, and what it answers.
std::string toJson(const std::vector<Exchange>& exchanges);
/// Throws Error(BadRequest) that says what is wrong.
std::vector<Exchange> exchangesFromJson(std::string_view json);

/// Without secrets (by value) and without people.
std::vector<Exchange> scrubbed(const std::vector<Exchange>& exchanges, const Vault& vault);

/// Hands calls on and keeps them with their answers. Calls that had none are not kept.
class RecordingTransport final : public HttpTransport
{
public:
    explicit RecordingTransport(HttpTransport& channel) : _channel(channel) {}
    HttpReply send(const HttpCall& call) override;

    const std::vector<Exchange>& exchanges() const { return _exchanges; }

private:
    HttpTransport& _channel;
    std::vector<Exchange> _exchanges;
};

/// The channel as it was recorded: a call gets the answer that the same one got, or else one to the
/// same address or path. Made again, it gets the next one that was recorded, and the last one for
/// good.
class Replay final : public HttpTransport
{
public:
    explicit Replay(std::vector<Exchange> exchanges);
    HttpReply send(const HttpCall& call) override;

private:
    struct Kept
    {
        Exchange exchange;
        bool used = false;
    };
    std::vector<Kept> _exchanges;
};

} // namespace spokehub::spokes
