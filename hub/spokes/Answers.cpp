#include "spokes/Answers.h"

#include "core/Json.h"
#include "spokes/DocumentCheck.h"

#include <unordered_map>

namespace spokehub::spokes
{

namespace
{

std::optional<std::chrono::milliseconds> milliseconds(Json number)
{
    const auto value = number.integer();
    if (!value || *value < 0)
        return std::nullopt;
    return std::chrono::milliseconds(*value);
}

/// Calls `visit` with the root of each document of this kind that reads as an object.
template <class Visit>
void eachOf(const Answer& answer, DocumentKind kind, Visit&& visit)
{
    for (const auto& document : answer.documents) {
        if (document.kind != kind)
            continue;
        const auto json = JsonDocument::parse(document.json);
        if (json && json->root().isObject())
            visit(json->root(), faultOf(kind, document.json));
    }
}

void read(Json from, const std::string& fault, ItemResult& to)
{
    to.kind = fault.empty() ? classFromText(from.textOr("class")).value_or(Class::Bug) : Class::Bug;
    to.reason = fault.empty() ? std::string(from.textOr("reason")) : "the spoke's " + fault;
    to.retryAfter = milliseconds(from["retry_after_ms"]);
    to.observed = from["observed"].integer();
    to.externalId = from.textOr("external_id");
}

} // namespace

std::vector<ItemResult> resultsOf(const Answer& answer, const std::vector<std::string>& items)
{
    const auto& verdict = answer.verdict;
    const bool done = verdict.kind == Class::Done;
    std::vector<ItemResult> results;
    std::unordered_map<std::string_view, std::size_t> places;
    results.reserve(items.size());
    for (const auto& item : items) {
        places.emplace(item, results.size());
        results.push_back({item, done ? Class::UnknownOutcome : verdict.kind,
                           done ? "the spoke did not say how it ended" : verdict.reason,
                           verdict.retryAfter, std::nullopt, std::string()});
    }
    eachOf(answer, DocumentKind::Result, [&](Json result, const std::string& fault) {
        if (const auto place = places.find(result.textOr("item")); place != places.end())
            read(result, fault, results[place->second]);
    });
    return results;
}

std::vector<CheckFinding> findingsOf(const Answer& answer)
{
    std::vector<CheckFinding> findings;
    eachOf(answer, DocumentKind::Finding, [&findings](Json finding, const std::string& fault) {
        if (!fault.empty()) {
            findings.push_back({"error", "spoke", "bug: the spoke's " + fault, ""});
            return;
        }
        findings.push_back(
            {std::string(finding.textOr("level", "error")), std::string(finding.textOr("subject")),
             std::string(finding.textOr("message")), std::string(finding.textOr("remedy"))});
    });
    return findings;
}

std::optional<CheckFinding> apiVersionEnding(const Manifest& manifest, Time now)
{
    constexpr auto soon = std::chrono::days(90);
    const auto end = timeFromIso(manifest.apiVersionUntil + "T00:00:00Z");
    if (!end || now + soon < *end)
        return std::nullopt;
    const bool over = *end <= now;
    return CheckFinding{over ? "error" : "warning", "api_version",
                        "the channel " + std::string(over ? "has ended" : "ends") + " version " +
                            manifest.apiVersion + " of its API on " + manifest.apiVersionUntil,
                        "install a newer release of the spoke " + manifest.name};
}

std::vector<SubscriptionState> subscriptionsOf(const Answer& answer)
{
    std::vector<SubscriptionState> states;
    eachOf(answer, DocumentKind::Subscription, [&states](Json state, const std::string& fault) {
        const std::string topic(state.textOr("topic"));
        if (fault.empty())
            states.push_back(
                {topic, std::string(state.textOr("state")), std::string(state.textOr("reason"))});
        else
            states.push_back({topic, "failed", "bug: the spoke's " + fault});
    });
    return states;
}

std::optional<ChannelRate> rateOf(std::string_view json)
{
    const auto document = JsonDocument::parse(json);
    if (!document || !document->root().isObject())
        return std::nullopt;
    const Json rate = document->root();
    return ChannelRate{rate.integerOr("available"), rate.integerOr("capacity"),
                       rate.integerOr("restore_per_second")};
}

std::optional<ChannelRate> rateOf(const Answer& answer)
{
    std::optional<ChannelRate> last;
    for (const auto& document : answer.documents)
        if (document.kind == DocumentKind::Rate)
            last = rateOf(document.json);
    return last;
}

} // namespace spokehub::spokes
