#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

// A channel that stands in for the real one while spokehub-check certifies a spoke: a program that
// reads one question a line and answers each with one line, both JSON objects. In C++, derive from
// StandIn and call run() in main; any other language will do as well.
namespace spokehub
{
inline namespace sdk
{

/// How much is to be in the channel, and what the spoke is opened with.
struct Seed
{
    std::int64_t orders = 0;
    std::int64_t listings = 0;
    std::int64_t parcels = 0;
    bool sameTime = false;  // all of them changed at the same moment
    std::string now;        // the time of the certifier's clock, "2026-11-20T12:00:00Z"
    std::string work;       // the folder that "${work}" in the settings stands for
    nlohmann::json secrets; // name to its first value
};

struct StandInRequest
{
    std::string method;
    std::string url; // whole, as the spoke asked for it
    nlohmann::json headers;
    std::string body;

    /// "/orders?limit=5" of "https://api.shop.example/orders?limit=5".
    std::string target() const
    {
        const auto scheme = url.find("://");
        const auto slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
        return slash == std::string::npos ? "/" : url.substr(slash);
    }
    std::string path() const { return target().substr(0, target().find('?')); }
    /// A parameter of the query as it stands; empty when there is none.
    std::string parameter(const std::string& name) const
    {
        const std::string all = target();
        for (auto at = all.find_first_of("?&"); at != std::string::npos; at = all.find('&', at + 1))
            if (all.compare(at + 1, name.size() + 1, name + "=") == 0) {
                const auto from = at + 1 + name.size() + 1;
                return all.substr(from, all.find('&', from) - from);
            }
        return {};
    }
};

struct StandInAnswer
{
    int status = 200;
    std::string body;
    nlohmann::json headers = nlohmann::json::object();
    std::int64_t cost = 1; // what the channel counts for this call
};

class StandIn
{
public:
    StandIn() = default;
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;
    virtual ~StandIn() = default;

    /// The channel anew. Answers {"stock": [item...], "unknown": item, "shipments": [item...]}:
    /// what may be pushed, as items of DOCUMENTS.md without item, key, quantity and expected;
    /// `unknown` is one that the channel does not have. A carrier's: "parcels", tracking numbers,
    /// and "unknown_parcel".
    virtual nlohmann::json reset(const Seed& seed) = 0;

    /// {"stock": {stock_id: quantity...}, "effects": how often something changed, "shipments": how
    /// many there are}.
    virtual nlohmann::json state() = 0;

    /// No cursor that was given out holds any more. False: this channel's cursors never expire.
    virtual bool expire() { return false; }

    virtual StandInAnswer answer(const StandInRequest& request) = 0;

    /// Until the input ends.
    int run()
    {
        std::ios::sync_with_stdio(false);
        for (std::string line; std::getline(std::cin, line);)
            std::cout << respond(line).dump(-1, ' ', false,
                                            nlohmann::json::error_handler_t::replace)
                      << std::endl;
        return 0;
    }

private:
    nlohmann::json respond(const std::string& line)
    {
        try {
            const auto question = nlohmann::json::parse(line);
            if (const auto request = question.find("request"); request != question.end())
                return write(answer(read(*request)));
            if (const auto seed = question.find("reset"); seed != question.end())
                return reset(readSeed(*seed));
            if (question.contains("state"))
                return state();
            if (question.contains("expire"))
                return {{"expires", expire()}};
            return {{"error", "asked for what nobody knows: " + line.substr(0, 100)}};
        } catch (const std::exception& error) {
            return {{"error", error.what()}};
        }
    }

    static StandInRequest read(const nlohmann::json& from)
    {
        return {from.at("method").get<std::string>(), from.at("url").get<std::string>(),
                from.at("headers"), from.at("body").get<std::string>()};
    }

    static Seed readSeed(const nlohmann::json& from)
    {
        return {from.value("orders", std::int64_t{0}),
                from.value("listings", std::int64_t{0}),
                from.value("parcels", std::int64_t{0}),
                from.value("same_time", false),
                from.value("now", ""),
                from.value("work", ""),
                from.value("secrets", nlohmann::json::object())};
    }

    static nlohmann::json write(const StandInAnswer& answer)
    {
        return {{"status", answer.status},
                {"headers", answer.headers},
                {"body", answer.body},
                {"cost", answer.cost}};
    }
};

} // namespace sdk
} // namespace spokehub
