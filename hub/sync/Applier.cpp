#include "sync/Applier.h"

#include "core/Error.h"

#include <algorithm>

namespace spokehub::sync
{

namespace
{

constexpr std::string_view ownPrefix = "spokehub/";
constexpr std::pair<spokes::DocumentKind, std::string_view> ownKinds[] = {
    {spokes::DocumentKind::Fact, "fact"},       {spokes::DocumentKind::Listing, "listing"},
    {spokes::DocumentKind::Level, "level"},     {spokes::DocumentKind::Parcel, "parcel"},
    {spokes::DocumentKind::Privacy, "privacy"},
};

} // namespace

std::string ownTopic(spokes::DocumentKind kind)
{
    for (const auto& [known, name] : ownKinds)
        if (known == kind)
            return std::string(ownPrefix) + std::string(name);
    return std::string(ownPrefix) + "document";
}

std::optional<spokes::DocumentKind> kindOfOwnTopic(std::string_view topic)
{
    for (const auto& [kind, name] : ownKinds)
        if (topic.starts_with(ownPrefix) && topic.substr(ownPrefix.size()) == name)
            return kind;
    return std::nullopt;
}

bool isDocumentsFault(const std::exception_ptr& why)
{
    try {
        std::rethrow_exception(why);
    } catch (const store::StoreError& error) {
        return error.failure() == store::Failure::Unique ||
               error.failure() == store::Failure::Check || error.failure() == store::Failure::Other;
    } catch (const Error& error) {
        return error.refusal() != Refusal::Unavailable;
    } catch (const std::exception&) {
        return true;
    }
}

void Meaning::add(spokes::DocumentKind kind, std::string_view json)
{
    if (kind == spokes::DocumentKind::Fact) {
        facts.push_back(orders::readFacts(json));
        return;
    }
    if (kind == spokes::DocumentKind::Parcel) {
        parcels.push_back(orders::readParcel(json));
        return;
    }
    if (kind == spokes::DocumentKind::Privacy) {
        privacy.push_back(orders::readPrivacy(json));
        return;
    }
    std::string why;
    const auto document = JsonDocument::parse(json, &why);
    if (!document)
        throw Error(Refusal::Unprocessable, "the spoke gave a document that is not JSON: " + why);
    if (kind == spokes::DocumentKind::Listing)
        listings.push_back(catalog::ListingDocument::read(document->root()));
    else if (kind == spokes::DocumentKind::Level)
        levels.push_back(catalog::LevelDocument::read(document->root()));
    else if (kind == spokes::DocumentKind::Fetch)
        fetches.emplace_back(json);
    else if (kind == spokes::DocumentKind::Notice &&
             document->root().textOr("kind") == "uninstalled")
        uninstalled = document->root().textOr("message", "the app was removed from the shop");
}

std::vector<std::size_t> Applier::apply(store::Tx& tx, std::span<const Item> items)
{
    std::vector<std::size_t> ofErased;
    for (std::size_t i = 0; i < items.size(); ++i)
        if (const Item& item = items[i];
            !item.meaning->parcels.empty() &&
            _orders.track(tx, item.tenant, item.channel, item.meaning->parcels, item.cause))
            ofErased.push_back(i);

    std::vector<orders::OrderMessage> messages;
    for (const Item& item : items)
        if (!item.meaning->facts.empty())
            messages.push_back({item.tenant, item.channel, item.meaning->facts, item.cause});
    const auto erased = messages.empty() ? orders::Orders::Erased() : _orders.record(tx, messages);
    const auto isErased = [&](const Item& item) {
        return std::ranges::any_of(item.meaning->facts, [&](const orders::Facts& facts) {
            return erased.contains({item.tenant, item.channel, facts.externalId});
        });
    };
    for (std::size_t i = 0; i < items.size() && !erased.empty(); ++i)
        if (isErased(items[i]))
            ofErased.push_back(i);

    for (const Item& item : items) {
        _privacy.record(tx, item.tenant, item.channel, item.meaning->privacy, item.cause.what);
        applyListings(tx, item);
        if (!item.meaning->levels.empty())
            planDrift(tx, item,
                      _listings.observe(tx, item.tenant, item.channel, item.meaning->levels));
        for (const std::string& fetch : item.meaning->fetches)
            _tasks.planFetch(tx, item.tenant, item.channel, fetch);
        if (const auto* channel = _channels.find(item.tenant, item.channel);
            channel != nullptr && !item.meaning->uninstalled.empty())
            _channels.pause(tx, *channel, item.meaning->uninstalled);
    }
    return ofErased;
}

void Applier::applyListings(store::Tx& tx, const Item& item)
{
    if (item.meaning->listings.empty())
        return;
    const auto* channel = _channels.find(item.tenant, item.channel);
    const Match how = channel == nullptr ? Match::Manual : channel->config->match;
    const auto upserted =
        _listings.upsert(tx, item.tenant, item.channel, item.meaning->listings, how);
    planDrift(tx, item, upserted.observed);
    if (upserted.matched.empty())
        return;
    std::vector<std::string> skus; // lines that waited for somebody to know what they are
    for (const auto& listing : item.meaning->listings)
        skus.push_back(listing.sku);
    _orders.rematch(tx, item.tenant, skus, item.cause);
}

/// What the channel shows is neither what it was told nor what its own orders have left of that.
void Applier::planDrift(store::Tx& tx, const Item& item, const catalog::Observed& observed)
{
    std::vector<Id> listings;
    for (const auto& seen : observed.different)
        if (seen.variant && seen.pushed && seen.quantity != *seen.pushed - seen.sold)
            listings.push_back(seen.listing);
    _tasks.planListings(tx, item.tenant, item.channel, listings);
}

} // namespace spokehub::sync
