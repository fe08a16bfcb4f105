#pragma once

#include "Channel.h"

#include "spokes/SpokeHost.h"

#include "spokehub/abi.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace spokehub::check
{

/// What a verb did: its class and its documents, and where it broke the border's promises.
struct Said
{
    std::int32_t number = SPH_BUG;
    Class kind = Class::Bug;
    std::vector<std::pair<std::int32_t, Value>> documents; // without problems
    std::vector<std::string> texts;                        // every document as it was handed over
    std::string reason;
    std::optional<std::int64_t> retryAfterMs;
    std::vector<std::string> mistakes; // of the border: what is no JSON, does not belong, ...

    bool done() const { return kind == Class::Done && mistakes.empty(); }
    std::vector<Value> of(std::int32_t kindWanted) const;
    /// "rate_limited (the shop is busy)"
    std::string outcome() const;
};

/// What accept answered.
struct Accepted
{
    std::int32_t number = SPH_BUG;
    int answers = 0; // how often; it must be once
    std::int32_t verdict = SPH_ACCEPT_FORGED;
    std::string messageId;
    std::string topic;
    std::string reason;

    std::string verdictText() const;
    bool genuine() const
    {
        return number == SPH_DONE && answers > 0 && verdict == SPH_ACCEPT_GENUINE;
    }
    friend bool operator==(const Accepted&, const Accepted&) = default;
};

class StillClock final : public Clock
{
public:
    Time now() const override { return {_micros.load()}; }
    void set(Time now) { _micros = now.micros; }

private:
    std::atomic<std::int64_t> _micros{1'795'176'000'000'000}; // 2026-11-20T12:00:00Z
};

/// Which hub the spoke meets: this one, or the next minor version, whose table has grown.
enum class HostAge
{
    Today,
    Next,
};

/// The hub's own services for a spoke, with a note of everything that the spoke asks of them.
class WatchedHost
{
public:
    WatchedHost(spokes::SpokeHostParts parts, HostAge age);
    ~WatchedHost();
    WatchedHost(const WatchedHost&) = delete;
    WatchedHost& operator=(const WatchedHost&) = delete;

    const sph_host* table() const { return &_tables.table; }
    spokes::SpokeHost& real() { return _real; }

    /// Lines of the log as the spoke handed them over, secrets and all.
    std::vector<std::string> lines() const;
    std::map<std::string, int> uses() const; // of http, kv_get, kv_put, cancelled, deadline, log, …
    std::map<std::string, std::string> kept() const; // what kv_put was given

    /// Services of the lane that were used: none may be outside of it.
    std::vector<std::string> laneUses() const;
    void forgetUses();

    /// From the n-th call of http on (1: the first), the hub asks to stop: before the call is made,
    /// or as its answer comes. 0: never.
    void stopAt(int call, bool afterAnswer = false);

private:
    static WatchedHost& of(void* self);
    void note(const char* service);
    std::int32_t http(const sph_http_request* request, const sph_http_sink* answer);
    void fillTable();

    spokes::SpokeHost _real;
    struct Grown
    {
        sph_host table{};
        std::uint64_t more[4] = {}; // members that nobody here knows
    } _tables;
    sph_host& _table = _tables.table;
    mutable std::mutex _mutex;
    std::vector<std::string> _lines;
    std::map<std::string, int> _uses;
    std::map<std::string, std::string> _kept;
    int _calls = 0;
    int _stopAt = 0;
    bool _stopAfterAnswer = false;
    std::atomic<bool> _stopped{false};
};

/// An opened channel of the spoke.
class Instance
{
public:
    struct Parts
    {
        const sph_spoke& table;
        std::string settings; // JSON
        spokes::Secrets secrets;
        spokes::HttpRules rules;
        std::vector<spokes::OAuthGrant> oauth;
        StandIn* standin = nullptr;
        HostAge age = HostAge::Today;
    };

    explicit Instance(Parts parts);
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    /// How open ended; without an instance no verb may be asked.
    const Said& opened() const { return _opened; }
    bool isOpen() const { return _instance != nullptr; }

    Accepted accept(const Vector& vector) const;
    Said translate(const std::string& topic, std::string_view body) const;
    Said check();
    Said pull(const std::string& stream, const Value& request, int documentsMax = -1);
    Said push(const Value& batch, int documentsMax = -1);
    Said subscribe(const Value& request);

    Channel& channel() { return _channel; }
    WatchedHost& host() { return _host; }
    StillClock& clock() { return _clock; }

private:
    template <class Verb>
    Said run(std::uint32_t allowed, int documentsMax, Verb&& verb) const;
    template <class Verb>
    Said inLane(std::uint32_t allowed, int documentsMax, Verb&& verb);

    const sph_spoke& _table;
    StillClock _clock;
    spokes::BufferedValues _values;
    Channel _channel;
    spokes::KeyRing _keys;
    mutable WatchedHost _host;
    void* _instance = nullptr;
    Said _opened;
};

} // namespace spokehub::check
