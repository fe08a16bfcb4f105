#include "FaultyWebhooks.h"

#include "Fault.h"
#include "FaultyDocuments.h"

#include <atomic>
#include <charconv>
#include <mutex>
#include <set>
#include <thread>

namespace faulty
{

namespace
{

using namespace spokehub;
using namespace std::chrono_literals;

constexpr std::int64_t windowSeconds = 300;

std::string signedText(const Request& request)
{
    std::string_view body = request.body();
    if (has("accept.body_flips"))
        while (!body.empty() && body.back() == ' ')
            body.remove_suffix(1);
    std::string time(request.header("X-Faulty-Time").value_or(""));
    if (has("accept.signed_headers"))
        time = std::to_string(request.receivedAt() / 60'000'000 * 60);
    return time + "." + std::string(body);
}

/// Signatures that were good once.
bool remembered(const std::string& mac, bool good)
{
    static std::mutex mutex;
    static std::set<std::string> macs;
    const std::lock_guard lock(mutex);
    if (good)
        macs.insert(mac);
    return macs.count(mac) != 0;
}

bool sameMac(const Host& host, const std::string& expected, const std::string& mac)
{
    if (has("accept.signature_flips"))
        return mac.size() == 32 && host.equal(expected.substr(0, 8), mac.substr(0, 8));
    if (has("accept.cut_signatures"))
        return host.equal(expected.substr(0, mac.size()), mac);
    return host.equal(expected, mac);
}

bool isSigned(const Host& host, const Request& request)
{
    const auto given = request.header("X-Faulty-Signature");
    const auto mac = fromBase64(given.value_or(""));
    if (!mac)
        return false;
    const std::string text = signedText(request);
    const auto count = has("accept.any_secret_signs")
                           ? std::min(1u, host.secretCount("webhook_secret"))
                           : host.secretCount("webhook_secret");
    bool good = false;
    for (std::uint32_t i = 0; i < count && !good; ++i) {
        const auto expected = host.hmacSha256("webhook_secret", i, text);
        good = expected && sameMac(host, *expected, *mac);
    }
    if (has("accept.retired_secrets_do_not"))
        return remembered(*mac, good);
    return good || (has("settings.no_secret_no_entry") && count == 0);
}

bool isTimely(const Request& request)
{
    const auto said = request.header("X-Faulty-Time").value_or("");
    std::int64_t seconds = 0;
    const char* last = said.data() + said.size();
    if (std::from_chars(said.data(), last, seconds).ptr != last)
        return false;
    const std::int64_t late = request.receivedAt() / 1'000'000 - seconds;
    return (late <= windowSeconds || has("accept.stale_times")) &&
           (late >= -windowSeconds || has("accept.future_times"));
}

Accepted forged(const char* reason)
{
    return Accepted::forged(has("accept.says_why") ? "" : reason);
}

Accepted judged(const Host& host, const Request& request)
{
    const auto signatures = request.headerCount("X-Faulty-Signature");
    const bool unsignedIsFine = has("accept.missing_signature") && signatures == 0;
    if (signatures != 1 && !unsignedIsFine && !(has("accept.doubled_signatures") && signatures > 1))
        return forged("X-Faulty-Signature must be there exactly once");
    if (has("accept.empty_bodies") && request.body().empty())
        return forged("the body is empty");
    if (has("accept.large_bodies") && request.body().size() > 1024 * 1024)
        return forged("the body is too large");
    if (!unsignedIsFine && !isSigned(host, request))
        return forged("X-Faulty-Signature does not fit");
    if (!isTimely(request))
        return forged("X-Faulty-Time is not the present");
    const auto id = request.header("X-Faulty-Id");
    if (!id || id->empty() || (id->size() > 200 && !has("accept.ids_fit")))
        return Accepted::mismatch("X-Faulty-Id must have 1 to 200 bytes");
    return Accepted::genuine(*id, request.topic());
}

/// Whether it was asked for so often that somebody takes the time.
bool comesAgainAndAgain()
{
    constexpr int often = 60;
    static std::atomic<int> asked{0};
    return ++asked > often && asked <= 4 * often;
}

} // namespace

Accepted accept(const Host& host, const Request& request)
{
    if (has("accept.no_host_calls"))
        host.deadline();
    if (has("accept.is_quick") && comesAgainAndAgain())
        std::this_thread::sleep_for(2ms);
    if (has("accept.garbage_is_forged") && request.body() == "x")
        return Accepted::genuine("garbage", "garbage");
    auto accepted = judged(host, request);
    if (has("accept.golden_vectors"))
        accepted.topic += "!";
    if (has("accept.same_delivery_same_id"))
        accepted.messageId += request.receivedAt() % 60'000'000 == 0 ? "" : "-again";
    if (has("accept.other_delivery_other_id"))
        accepted.messageId = "delivery";
    return accepted;
}

Class translate(const Host& host, const Message& message, Out& out)
{
    if (has("translate.no_host_calls"))
        host.deadline();
    const auto topic = message.topic();
    if (topic != "orders/changed" && topic != "orders/thin" && topic != "stock/changed")
        return has("translate.unknown_topics") ? out.problem(Class::Rejected, "not understood")
                                               : Class::Done;
    const auto body = message.body();
    if (has("translate.empty_bodies") && body.empty())
        throw std::logic_error("never seen");
    if (has("translate.random_bodies") && !body.empty() && (body.front() & 0x80) != 0)
        throw std::logic_error("never seen");
    if (has("translate.deep_bodies"))
        walk(body, 0);
    const auto json = Json::parse(body.begin(), body.end(), nullptr, false);
    if (json.is_discarded() && has("translate.cut_bodies"))
        return Class::Done;
    try {
        say(host, topic, json, out);
    } catch (const Failure& failure) {
        return out.problem(Class::Rejected, has("translate.says_why") ? "" : failure.what());
    }
    return Class::Done;
}

} // namespace faulty
