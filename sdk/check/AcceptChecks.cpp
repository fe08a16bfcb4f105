#include "Trial.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <set>
#include <thread>

namespace spokehub::check
{

namespace
{

using namespace std::chrono_literals;

constexpr std::size_t flipsMax = 256;
constexpr std::size_t largeBytes = 5 * 1024 * 1024;

std::unique_ptr<Instance> opened(Trial& trial)
{
    trial.needVerb("accept");
    return trial.open();
}

Accepted accept(Trial& trial, const Instance& instance, const Vector& vector,
                const std::string& how = {})
{
    trial.doing("accept of the vector '" + vector.name + "'" + how);
    return instance.accept(vector);
}

void mustNotBeGenuine(Trial& trial, const Instance& instance, const Vector& vector,
                      const std::string& how)
{
    expect(!accept(trial, instance, vector, how).genuine(),
           "the vector '" + vector.name + "'" + how + " is genuine");
}

void mustBeGenuine(Trial& trial, const Instance& instance, const Vector& vector,
                   const std::string& how)
{
    const auto accepted = accept(trial, instance, vector, how);
    expect(accepted.genuine(), "the vector '" + vector.name + "'" + how + " is " +
                                   accepted.verdictText() + " (" + accepted.reason + ")");
}

/// The part of the request that holds the signature, in a form that can be changed.
std::string& signatureIn(Vector& vector, const Signature& recipe)
{
    if (recipe.into == "query")
        return vector.query;
    const auto name = recipe.into.substr(7);
    if (vector.header(name) == nullptr)
        vector.headers.emplace_back(name, "");
    return *const_cast<std::string*>(vector.header(name));
}

// ------------------------------------------------------------------ what is wanted

void goldenVectors(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& vector : trial.vectors()) {
        const auto accepted = accept(trial, *instance, vector);
        expect(accepted.verdictText() == vector.verdict,
               "the vector '" + vector.name + "' is " + accepted.verdictText() + " (" +
                   accepted.reason + "), not " + vector.verdict);
        expect(!vector.messageId || accepted.messageId == *vector.messageId,
               "the vector '" + vector.name + "' has the message id '" + accepted.messageId + "'");
        expect(!vector.accepted || accepted.topic == *vector.accepted,
               "the vector '" + vector.name + "' has the topic '" + accepted.topic + "'");
    }
}

void answersOnce(Trial& trial)
{
    const auto instance = opened(trial);
    for (auto vector : trial.vectors()) {
        const auto look = [&](const std::string& how) {
            const auto accepted = accept(trial, *instance, vector, how);
            expect(accepted.number == SPH_DONE && accepted.answers == 1,
                   "the vector '" + vector.name + "'" + how + ": accept ended as " +
                       std::string(toText(classFromNumber(accepted.number))) + " with " +
                       std::to_string(accepted.answers) + " answers");
        };
        look("");
        vector.headers.clear();
        vector.query.clear();
        look(" without its headers");
    }
}

void flippedBodies(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& vector : trial.genuine()) {
        const std::size_t step = std::max<std::size_t>(1, vector.body.size() / flipsMax);
        for (std::size_t at = 0; at < vector.body.size(); at += step) {
            auto changed = vector;
            changed.body[at] = static_cast<char>(changed.body[at] ^ (1 << (at % 8)));
            mustNotBeGenuine(trial, *instance, changed,
                             " with a bit of its body changed at byte " + std::to_string(at));
        }
        auto longer = vector;
        longer.body += ' ';
        mustNotBeGenuine(trial, *instance, longer, " with a blank behind its body");
    }
}

void flippedSignatures(Trial& trial)
{
    const auto instance = opened(trial);
    const auto& recipe = trial.signature();
    for (const auto& vector : trial.genuine()) {
        auto whole = vector;
        // The last digit of base64 may carry bits that mean nothing.
        const auto size = signatureIn(whole, recipe).find_last_not_of('=');
        for (std::size_t at = 0; at < size && size != std::string::npos; ++at) {
            auto changed = vector;
            char& digit = signatureIn(changed, recipe)[at];
            digit = recipe.encoding == "raw" ? static_cast<char>(digit ^ 1)
                                             : (digit == '7' ? '3' : '7');
            mustNotBeGenuine(trial, *instance, changed,
                             " with its signature changed at byte " + std::to_string(at));
        }
    }
}

void cutSignatures(Trial& trial)
{
    const auto instance = opened(trial);
    const auto& recipe = trial.signature();
    for (const auto& vector : trial.genuine()) {
        auto whole = vector;
        const std::string signature = signatureIn(whole, recipe);
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4},
                                       signature.size() / 2, signature.size() - 1})
        {
            auto cut = vector;
            signatureIn(cut, recipe) = signature.substr(0, size);
            mustNotBeGenuine(trial, *instance, cut,
                             " with " + std::to_string(size) + " bytes of its signature");
        }
        auto longer = vector;
        signatureIn(longer, recipe) += signature;
        mustNotBeGenuine(trial, *instance, longer, " with its signature written twice");
    }
}

void missingSignatures(Trial& trial)
{
    const auto instance = opened(trial);
    const auto& recipe = trial.signature();
    for (auto vector : trial.genuine()) {
        if (recipe.into == "query")
            vector.query.clear();
        else
            vector.remove(recipe.into.substr(7));
        mustNotBeGenuine(trial, *instance, vector, " without its signature");
    }
}

void changedSignedHeaders(Trial& trial)
{
    const auto instance = opened(trial);
    const auto names = trial.signature().signedHeaders();
    if (names.empty())
        throw Skip("the signature covers no header");
    for (const auto& vector : trial.genuine())
        for (const auto& name : names) {
            auto changed = vector;
            const auto* value = vector.header(name);
            const bool time = name == trial.signature().timeHeader;
            changed.set(name, time ? trial.signature().timeText(Time{vector.receivedAt} + 1s)
                                   : (value == nullptr ? "" : *value) + "1");
            mustNotBeGenuine(trial, *instance, changed, " with " + name + " changed");
        }
}

std::size_t secretsOfSignature(Trial& trial)
{
    const auto& name = trial.signature().secret;
    const auto rule = std::ranges::find(trial.manifest().secrets, name, &spokes::SecretRule::name);
    if (rule == trial.manifest().secrets.end() || !rule->list)
        throw Skip("the secret '" + name + "' is not a list, so it cannot rotate");
    const auto secrets = trial.secrets();
    const auto found = secrets.find(name);
    const auto values = found == secrets.end() ? 0 : found->second.size();
    if (values < 2)
        throw Skip("channel.json gives only one value of the secret '" + name + "'");
    return values;
}

void anySecretSigns(Trial& trial)
{
    const auto instance = opened(trial);
    const auto values = secretsOfSignature(trial);
    for (auto vector : trial.genuine())
        for (std::size_t index = 0; index < values; ++index) {
            trial.sign(vector, index);
            mustBeGenuine(trial, *instance, vector,
                          " signed under value " + std::to_string(index + 1) + " of the secret");
        }
}

void retiredSecretsDoNot(Trial& trial)
{
    auto before = opened(trial);
    const auto values = secretsOfSignature(trial);
    std::vector<Vector> old;
    for (auto vector : trial.genuine())
        for (std::size_t index = 1; index < values; ++index) {
            trial.sign(vector, index);
            accept(trial, *before, vector, " before its secret is retired");
            old.push_back(vector);
        }
    before.reset();
    auto secrets = trial.secrets();
    secrets[trial.signature().secret].resize(1);
    const auto instance = trial.open(trial.settings(), secrets);
    for (const auto& vector : old)
        mustNotBeGenuine(trial, *instance, vector, " signed under a secret that is retired");
}

/// Every genuine vector, signed anew with its time moved.
void timesMoved(Trial& trial, int direction)
{
    const auto instance = opened(trial);
    const auto& recipe = trial.signature();
    if (recipe.timeHeader.empty())
        throw Skip("the signature covers no time ('signature.time')");
    for (auto vector : trial.genuine()) {
        const auto moved = std::chrono::seconds(2 * recipe.timeWindowSeconds) * direction;
        vector.set(recipe.timeHeader, recipe.timeText(Time{vector.receivedAt}));
        trial.sign(vector);
        mustBeGenuine(trial, *instance, vector, " signed at the time it is received");
        vector.set(recipe.timeHeader, recipe.timeText(Time{vector.receivedAt} + moved));
        trial.sign(vector);
        mustNotBeGenuine(trial, *instance, vector,
                         " signed " + std::to_string(2 * recipe.timeWindowSeconds) + " seconds " +
                             (direction < 0 ? "ago" : "ahead"));
    }
}

void staleTimes(Trial& trial)
{
    timesMoved(trial, -1);
}

void futureTimes(Trial& trial)
{
    timesMoved(trial, 1);
}

void headersInAnyCase(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& vector : trial.genuine()) {
        const auto before = accept(trial, *instance, vector);
        for (const bool upper : {true, false}) {
            auto changed = vector;
            for (auto& header : changed.headers)
                for (char& c : header.first)
                    c = static_cast<char>(upper ? std::toupper(c) : std::tolower(c));
            const auto after = accept(trial, *instance, changed, " with its headers' case changed");
            expect(after == before, "the vector '" + vector.name +
                                        "' with the names of its headers in " +
                                        (upper ? "upper" : "lower") + " case is " +
                                        after.verdictText() + " (" + after.reason + ")");
        }
    }
}

void doubledSignatures(Trial& trial)
{
    const auto instance = opened(trial);
    const auto& recipe = trial.signature();
    if (recipe.into == "query")
        throw Skip("the signature does not stand in a header");
    const auto name = recipe.into.substr(7);
    for (const auto& vector : trial.genuine()) {
        const std::string good = *vector.header(name);
        auto worse = vector;
        worse.headers.emplace_back(name, std::string(good.size(), 'A'));
        mustNotBeGenuine(trial, *instance, worse, " with a second, wrong signature");
        worse.headers.insert(worse.headers.begin(), {name, std::string(good.size(), 'A')});
        worse.headers.pop_back();
        mustNotBeGenuine(trial, *instance, worse, " with a wrong signature before the right one");
    }
}

void emptyBodies(Trial& trial)
{
    const auto instance = opened(trial);
    for (auto vector : trial.genuine()) {
        vector.body.clear();
        mustNotBeGenuine(trial, *instance, vector, " with its body taken away");
        trial.sign(vector);
        const auto accepted = accept(trial, *instance, vector, " with an empty body, signed");
        expect(accepted.verdict != SPH_ACCEPT_FORGED,
               "the vector '" + vector.name +
                   "' with an empty body that is rightly signed is "
                   "forged (" +
                   accepted.reason + ")");
    }
}

void largeBodies(Trial& trial)
{
    const auto instance = opened(trial);
    auto vector = trial.genuine().front();
    vector.body += std::string(largeBytes - std::min(largeBytes, vector.body.size()), 'x');
    mustNotBeGenuine(trial, *instance, vector, " filled up to 5 MB");
    trial.sign(vector);
    mustBeGenuine(trial, *instance, vector, " filled up to 5 MB, signed");
}

void sameDeliverySameId(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& vector : trial.genuine()) {
        const auto first = accept(trial, *instance, vector);
        auto again = vector;
        again.receivedAt += std::chrono::microseconds(30s).count();
        const auto second = accept(trial, *instance, again, " again");
        expect(first.messageId == second.messageId,
               "the vector '" + vector.name + "' has the id '" + first.messageId + "' first and '" +
                   second.messageId + "' on its retry");
    }
}

void otherDeliveryOtherId(Trial& trial)
{
    const auto instance = opened(trial);
    std::map<std::string, std::string> seen;
    for (const auto& vector : trial.genuine()) {
        const auto id = accept(trial, *instance, vector).messageId;
        const auto [other, fresh] = seen.emplace(id, vector.name);
        expect(fresh, "the vectors '" + other->second + "' and '" + vector.name +
                          "' both have the id '" + id + "': the second would be lost");
    }
    if (seen.size() < 2)
        throw Skip("webhooks.json has only one genuine vector");
}

void idsFit(Trial& trial)
{
    const auto instance = opened(trial);
    const auto look = [&](const Vector& vector, const std::string& how) {
        const auto accepted = accept(trial, *instance, vector, how);
        expect(!accepted.genuine() ||
                   (!accepted.messageId.empty() && accepted.messageId.size() <= 200),
               "the vector '" + vector.name + "'" + how + " has an id of " +
                   std::to_string(accepted.messageId.size()) + " bytes; it has 1 to 200");
    };
    for (const auto& vector : trial.genuine()) {
        look(vector, "");
        for (const auto& [name, value] : vector.headers)
            for (const std::size_t size : {std::size_t{0}, std::size_t{5000}}) {
                auto changed = vector;
                changed.set(name, std::string(size, 'x'));
                if (trial.fixtures().signature)
                    trial.sign(changed);
                look(changed, " with " + std::to_string(size) + " bytes of " + name);
            }
    }
}

void noHostCalls(Trial& trial)
{
    const auto instance = opened(trial);
    instance->host().forgetUses();
    for (auto vector : trial.vectors()) {
        accept(trial, *instance, vector);
        vector.headers.clear();
        accept(trial, *instance, vector);
    }
    const auto uses = instance->host().laneUses();
    expect(uses.empty(), "accept called " + listed(uses));
}

/// Requests as attackers and broken proxies send them.
std::vector<Vector> garbage(const Vector& like)
{
    std::mt19937 random(7);
    const auto bytes = [&random](std::size_t size) {
        std::string made(size, '\0');
        for (char& c : made)
            c = static_cast<char>(random() & 0xff);
        return made;
    };
    std::vector<Vector> all;
    auto bare = like;
    bare.headers.clear();
    bare.query.clear();
    all.push_back(bare);
    auto many = like;
    for (int i = 0; i < 1000; ++i)
        many.headers.emplace_back("X-Header-" + std::to_string(i), "x");
    many.body = "x";
    all.push_back(many);
    for (const std::size_t size : {1u, 16u, 32u, 64u, 4096u, 65536u}) {
        auto noise = like;
        for (auto& header : noise.headers)
            header.second = bytes(size);
        noise.body = bytes(size);
        noise.query = bytes(size);
        noise.topic = bytes(std::min<std::size_t>(size, 100));
        all.push_back(noise);
    }
    return all;
}

void garbageIsForged(Trial& trial)
{
    const auto instance = opened(trial);
    for (const auto& vector : garbage(trial.genuine().front()))
        mustNotBeGenuine(trial, *instance, vector, " filled with garbage");
}

void saysWhy(Trial& trial)
{
    const auto instance = opened(trial);
    for (auto vector : trial.genuine()) {
        vector.body += "x";
        const auto accepted = accept(trial, *instance, vector, " with a changed body");
        expect(accepted.genuine() || !accepted.reason.empty(),
               "the vector '" + vector.name + "' with a changed body is " + accepted.verdictText() +
                   " without a reason");
    }
}

void isQuick(Trial& trial)
{
    const auto instance = opened(trial);
    const auto vector = trial.genuine().front();
    std::vector<std::chrono::nanoseconds> took;
    for (int i = 0; i < 200; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        instance->accept(vector);
        took.push_back(std::chrono::steady_clock::now() - begun);
    }
    std::ranges::sort(took);
    const auto median = took[took.size() / 2];
    expect(median <= 1ms, "half of the calls took longer than " +
                              std::to_string(median.count() / 1000) + " microseconds");
}

void onManyThreads(Trial& trial)
{
    const auto instance = opened(trial);
    const auto vectors = trial.vectors();
    std::vector<Accepted> wanted;
    for (const auto& vector : vectors)
        wanted.push_back(accept(trial, *instance, vector));
    trial.doing("accept on four threads");
    std::atomic<int> wrong{0};
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < 4; ++worker)
        workers.emplace_back([&] {
            for (int round = 0; round < 100; ++round)
                for (std::size_t i = 0; i < vectors.size(); ++i)
                    wrong += instance->accept(vectors[i]) == wanted[i] ? 0 : 1;
        });
    workers.clear();
    expect(wrong == 0, std::to_string(wrong) + " of " + std::to_string(400 * vectors.size()) +
                           " answers on four threads differ from those on one");
}

} // namespace

Checks acceptChecks()
{
    const char* whole = "compare the whole signature over the raw body, byte for byte, with "
                        "Host::signedBy or Host::equal";
    const char* pure = "use log, clock, random, secret_count, hmac and equal alone in accept";
    return {
        {"accept.golden_vectors", "every vector of webhooks.json gets its verdict, id and topic",
         "correct accept, or the vector", goldenVectors},
        {"accept.answers_once", "accept answers exactly once, whatever came",
         "put one sph_accepted into the sink and return SPH_DONE", answersOnce},
        {"accept.body_flips", "a changed bit of the body makes it forged", whole, flippedBodies},
        {"accept.signature_flips", "a changed byte of the signature makes it forged", whole,
         flippedSignatures},
        {"accept.cut_signatures", "a part of the signature is no signature", whole, cutSignatures},
        {"accept.missing_signature", "without its signature it is forged",
         "answer forged when the signature's place is empty", missingSignatures},
        {"accept.signed_headers", "a changed signed header makes it forged",
         "compute the signature over every part that the channel signs", changedSignedHeaders},
        {"accept.any_secret_signs", "every configured value of the secret signs",
         "try all of secret_count values: secrets rotate", anySecretSigns},
        {"accept.retired_secrets_do_not", "a value that is no longer configured does not sign",
         "keep no secret: ask the host each time", retiredSecretsDoNot},
        {"accept.stale_times", "a signed time long past makes it forged",
         "compare the signed time with received_at", staleTimes},
        {"accept.future_times", "a signed time far ahead makes it forged",
         "compare the signed time with received_at, both ways", futureTimes},
        {"accept.headers_in_any_case", "the names of headers may have any case",
         "find headers with Request::header, without case", headersInAnyCase},
        {"accept.doubled_signatures", "a signature that is sent twice is none",
         "answer forged unless Request::headerCount is 1", doubledSignatures},
        {"accept.empty_bodies", "an empty body is judged by its signature",
         "compute the signature over no bytes; sph_text.data may be null then", emptyBodies},
        {"accept.large_bodies", "a body of 5 MB is judged by its signature",
         "do not copy or bound the body in accept: the hub does", largeBodies},
        {"accept.same_delivery_same_id", "a delivery has the same id on its retries",
         "take the channel's id of the delivery, or the hash of what is signed; never the time",
         sameDeliverySameId},
        {"accept.other_delivery_other_id", "another delivery has another id",
         "take the channel's id of the delivery, not that of the order", otherDeliveryOtherId},
        {"accept.ids_fit", "an id has 1 to 200 bytes, whatever the request says",
         "refuse a longer one, or hash it", idsFit},
        {"accept.no_host_calls", "accept is pure", pure, noHostCalls},
        {"accept.garbage_is_forged", "garbage is forged and does no harm",
         "check before use: counts, sizes, null data", garbageIsForged},
        {"accept.says_why", "what is not genuine says why", "fill 'reason'", saysWhy},
        {"accept.is_quick", "accept takes less than a millisecond",
         "parse nothing in accept; translate is for that", isQuick},
        {"accept.many_threads", "accept gives the same answers on many threads at once",
         "change no member and no static in accept", onManyThreads},
    };
}

} // namespace spokehub::check
