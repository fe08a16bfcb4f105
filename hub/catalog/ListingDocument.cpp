#include "catalog/ListingDocument.h"

#include "core/FieldChecks.h"

namespace spokehub::catalog
{

namespace
{

constexpr std::size_t idMax = 200;

/// Reads members and keeps what is wrong with them.
class Reader
{
public:
    explicit Reader(Json json) : _json(json)
    {
        _checks.require(json.isObject(), "document", "must be an object");
    }

    std::string text(std::string_view name)
    {
        const Json value = member(name);
        _checks.require(!value || value.isText(), name, "must be text");
        return std::string(value.text().value_or(""));
    }

    /// What is compared, kept in indexes and shown in messages.
    std::string key(std::string_view name, std::size_t min)
    {
        std::string value = text(name);
        _checks.text(name, value, min, idMax);
        return value;
    }

    std::optional<std::int64_t> integer(std::string_view name)
    {
        const Json value = member(name);
        _checks.require(!value || value.isInteger(), name, "must be an integer");
        return value.integer();
    }

    bool boolean(std::string_view name, bool otherwise)
    {
        const Json value = member(name);
        _checks.require(!value || value.boolean(), name, "must be true or false");
        return value.boolean().value_or(otherwise);
    }

    std::optional<Time> time(std::string_view name)
    {
        const std::string value = text(name);
        const auto time = timeFromIso(value);
        _checks.require(time || value.empty(), name, "must be a time such as 2026-11-20T15:15:30Z");
        return time;
    }

    FieldChecks& checks() { return _checks; }

private:
    /// Null counts as absent.
    Json member(std::string_view name) const
    {
        const Json value = _json[name];
        return value.isNull() ? Json() : value;
    }

    Json _json;
    FieldChecks _checks;
};

} // namespace

ListingDocument ListingDocument::read(Json json)
{
    Reader reader(json);
    ListingDocument document;
    document.externalId = reader.key("external_id", 1);
    document.parentId = reader.key("parent_id", 0);
    document.stockId = reader.key("stock_id", 0);
    document.sku = reader.text("sku");
    document.title = reader.text("title");
    document.price = reader.integer("price");
    document.currency = reader.key("currency", 0);
    document.tracked = reader.boolean("tracked", true);
    document.quantity = reader.integer("quantity");
    document.updatedAt = reader.time("updated_at");
    document.removed = reader.boolean("removed", false);
    reader.checks()
        .require(document.title.find('\0') == std::string::npos, "title", "has a NUL character")
        .require(document.sku.find('\0') == std::string::npos && document.sku.size() <= 1000, "sku",
                 "has a NUL character or more than 1000 bytes")
        .refuse("listing " + document.externalId);
    if (document.stockId.empty())
        document.stockId = document.externalId;
    return document;
}

LevelDocument LevelDocument::read(Json json)
{
    Reader reader(json);
    LevelDocument document;
    document.stockId = reader.key("stock_id", 1);
    document.location = reader.key("location", 0);
    const auto quantity = reader.integer("quantity");
    document.updatedAt = reader.time("updated_at");
    reader.checks()
        .require(quantity.has_value(), "quantity", "is missing")
        .refuse("level " + document.stockId);
    document.quantity = *quantity;
    return document;
}

} // namespace spokehub::catalog
