#include "ShopifyListings.h"

#include "Queries.h"
#include "ShopifyTranslate.h"

#include <algorithm>

namespace spokehub::shopify
{

namespace
{

constexpr std::int64_t listingPage = 100;
constexpr std::int64_t levelPage = 250;
constexpr std::size_t nodesMax = 100; // of one query by ids

std::int64_t sizeOf(std::int64_t own, const PullRequest& request)
{
    return request.pageMax > 0 ? std::min(own, request.pageMax) : own;
}

/// The one quantity that was asked for, `available`; nothing when the item is not stocked at the
/// location.
std::optional<std::int64_t> available(const JsonObject& level, std::string& updatedAt)
{
    std::optional<std::int64_t> quantity;
    updatedAt = level.time("updatedAt");
    level.each("quantities", [&](const JsonObject& one) {
        quantity = one.integer("quantity");
        if (std::string time = one.time("updatedAt"); !time.empty())
            updatedAt = std::move(time);
    });
    return quantity;
}

void sayListing(const JsonObject& variant, const std::string& currency, Out& out)
{
    Listing to;
    to.externalId = numberOfGid(variant.text("id"), "ProductVariant");
    to.sku = variant.sku();
    const JsonObject product = variant.required("product");
    to.parentId = numberOfGid(product.text("id"), "Product");
    to.title = listingTitle(product.text("title"), variant.text("title"));
    to.currency = currency;
    to.price = variant.money("price", currency);
    to.updatedAt = variant.time("updatedAt");
    const JsonObject item = variant.required("inventoryItem");
    to.stockId = numberOfGid(item.text("id"), "InventoryItem");
    to.tracked = item.flag("tracked", true);
    std::string ignored;
    if (const auto level = item.object("inventoryLevel"))
        to.quantity = available(*level, ignored);
    out.listing(to);
}

Class oneListing(ShopifyApi& api, const ShopifySettings& settings, const std::string& id, Out& out)
{
    std::string variables;
    JsonText json(variables);
    json.beginObject()
        .member("id", gidOf("ProductVariant", id))
        .member("location", settings.location)
        .endObject();
    const JsonObject data = api.call(queries::listing, variables, out);
    const JsonObject shop = data.required("shop");
    if (const auto variant = data.object("productVariant")) {
        sayListing(*variant, std::string(shop.text("currencyCode")), out);
        return Class::Done;
    }
    Listing gone;
    gone.externalId = id;
    gone.removed = true;
    out.listing(gone);
    return Class::Done;
}

void sayLevel(std::string_view itemGid, const JsonObject& level, const ShopifySettings& settings,
              std::vector<Level>& levels)
{
    Level to;
    to.stockId = numberOfGid(itemGid, "InventoryItem");
    to.location = numberOfGid(settings.location, "Location");
    const auto quantity = available(level, to.updatedAt);
    if (!quantity)
        return;
    to.quantity = *quantity;
    levels.push_back(std::move(to));
}

Class someLevels(ShopifyApi& api, const ShopifySettings& settings,
                 const std::vector<std::string>& subjects, Out& out)
{
    for (const Level& level : levelsOf(api, settings, subjects, out))
        out.level(level);
    return Class::Done;
}

} // namespace

Class pullListings(const Host& host, ShopifyApi& api, const ShopifySettings& settings,
                   const PullRequest& request, Out& out)
{
    if (!request.id.empty())
        return oneListing(api, settings, request.id, out);
    PageInfo info{true, request.cursor};
    while (info.more) {
        if (host.cancelled())
            return Class::Cancelled;
        const auto variables = [&] {
            std::string text;
            JsonText json(text);
            json.beginObject()
                .member("first", sizeOf(listingPage, request))
                .memberOrNull("after", info.cursor);
            json.memberOrNull("query", request.since.empty()
                                           ? std::string()
                                           : "updated_at:>='" + request.since + "'");
            json.member("location", settings.location).endObject();
            return text;
        };
        const JsonObject data = pageOf(api, queries::listings, info.cursor, variables, out);
        const JsonObject shop = data.required("shop");
        const std::string currency(shop.text("currencyCode"));
        const JsonObject variants = data.required("productVariants");
        variants.each("nodes", [&](const JsonObject& one) { sayListing(one, currency, out); });
        info = PageInfo::of(variants);
        out.checkpoint({info.more ? info.cursor : std::string()});
    }
    return Class::Done;
}

Class pullLevels(const Host& host, ShopifyApi& api, const ShopifySettings& settings,
                 const PullRequest& request, Out& out)
{
    if (!request.subjects.empty() || !request.id.empty())
        return someLevels(
            api, settings,
            request.id.empty() ? request.subjects : std::vector<std::string>{request.id}, out);
    PageInfo info{true, request.cursor};
    while (info.more) {
        if (host.cancelled())
            return Class::Cancelled;
        const auto variables = [&] {
            std::string text;
            JsonText json(text);
            json.beginObject()
                .member("location", settings.location)
                .member("first", sizeOf(levelPage, request));
            json.memberOrNull("after", info.cursor).endObject();
            return text;
        };
        const JsonObject data = pageOf(api, queries::levels, info.cursor, variables, out);
        const auto location = data.object("location");
        if (!location)
            return out.problem(Class::Config, "the shop has no location " + settings.location +
                                                  ": correct the setting 'location'");
        const JsonObject connection = location->required("inventoryLevels");
        std::vector<Level> levels;
        connection.each("nodes", [&](const JsonObject& one) {
            const JsonObject item = one.required("item");
            sayLevel(item.text("id"), one, settings, levels);
        });
        for (const Level& level : levels)
            out.level(level);
        info = PageInfo::of(connection);
        out.checkpoint({info.more ? info.cursor : std::string()});
    }
    return Class::Done;
}

std::vector<Level> levelsOf(ShopifyApi& api, const ShopifySettings& settings,
                            const std::vector<std::string>& stockIds, Out& out)
{
    std::vector<Level> levels;
    for (std::size_t from = 0; from < stockIds.size(); from += nodesMax) {
        std::string variables;
        JsonText json(variables);
        json.beginObject().member("location", settings.location).key("items").beginArray();
        for (std::size_t i = from; i < std::min(stockIds.size(), from + nodesMax); ++i)
            json.value(gidOf("InventoryItem", stockIds[i]));
        json.endArray().endObject();
        const JsonObject data = api.call(queries::levelsOf, variables, out);
        data.each("nodes", [&](const JsonObject& item) {
            if (const auto level = item.object("inventoryLevel"))
                sayLevel(item.text("id"), *level, settings, levels);
        });
    }
    return levels;
}

} // namespace spokehub::shopify
