#include "sync/Applier.h"

#include "core/Error.h"

namespace spokehub::sync
{

void Meaning::add(spokes::DocumentKind kind, std::string_view json)
{
    if (kind == spokes::DocumentKind::Fact) {
        facts.push_back(orders::readFacts(json));
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

void Applier::apply(store::Tx& tx, std::span<const Item> items)
{
    std::vector<orders::OrderMessage> messages;
    for (const Item& item : items)
        if (!item.meaning->facts.empty())
            messages.push_back({item.tenant, item.channel, item.meaning->facts, item.cause});
    if (!messages.empty())
        _orders.record(tx, messages);

    for (const Item& item : items) {
        applyListings(tx, item);
        if (!item.meaning->levels.empty())
            _listings.observe(tx, item.tenant, item.channel, item.meaning->levels);
        for (const std::string& fetch : item.meaning->fetches)
            _tasks.planFetch(tx, item.tenant, item.channel, item.message, fetch);
        if (const auto* channel = _channels.find(item.tenant, item.channel);
            channel != nullptr && !item.meaning->uninstalled.empty())
            _channels.pause(tx, *channel, item.meaning->uninstalled);
    }
}

void Applier::applyListings(store::Tx& tx, const Item& item)
{
    if (item.meaning->listings.empty())
        return;
    const auto* channel = _channels.find(item.tenant, item.channel);
    const Match how = channel == nullptr ? Match::Manual : channel->config->match;
    const auto upserted =
        _listings.upsert(tx, item.tenant, item.channel, item.meaning->listings, how);
    if (upserted.matched.empty())
        return;
    std::vector<std::string> skus; // lines that waited for somebody to know what they are
    for (const auto& listing : item.meaning->listings)
        skus.push_back(listing.sku);
    _orders.rematch(tx, item.tenant, skus, item.cause);
}

} // namespace spokehub::sync
