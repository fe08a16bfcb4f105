#include "Documents.h"

#include "catalog/ListingDocument.h"
#include "core/Json.h"
#include "orders/Fact.h"
#include "orders/PrivacyRequests.h"
#include "spokes/DocumentCheck.h"

#include <exception>

namespace spokehub::check
{

namespace
{

/// What the hub itself reads, read by the hub's own code.
std::string byTheHub(std::int32_t kind, const Value& document)
{
    try {
        const std::string text = document.dump();
        const auto json = JsonDocument::parse(text);
        if (kind == SPH_DOC_FACT)
            orders::readFacts(text);
        else if (kind == SPH_DOC_PARCEL)
            orders::readParcel(text);
        else if (kind == SPH_DOC_PRIVACY)
            orders::readPrivacy(text);
        else if (kind == SPH_DOC_LISTING)
            catalog::ListingDocument::read(json->root());
        else
            catalog::LevelDocument::read(json->root());
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

std::string ownMistake(std::int32_t kind, const Value& document)
{
    switch (kind) {
    case SPH_DOC_FACT:
    case SPH_DOC_LISTING:
    case SPH_DOC_LEVEL:
    case SPH_DOC_PARCEL:
    case SPH_DOC_PRIVACY:
        return byTheHub(kind, document);
    default:
        return spokes::faultOf(static_cast<spokes::DocumentKind>(kind), document.dump());
    }
}

} // namespace

std::string mistakeIn(std::int32_t kind, const Value& document)
{
    const auto mistake = ownMistake(kind, document);
    return mistake.empty() ? "" : mistake + ": " + document.dump().substr(0, 300);
}

std::string mistakeIn(const Said& said)
{
    if (!said.mistakes.empty())
        return said.mistakes.front();
    for (const auto& [kind, document] : said.documents)
        if (auto mistake = mistakeIn(kind, document); !mistake.empty())
            return mistake;
    return {};
}

} // namespace spokehub::check
