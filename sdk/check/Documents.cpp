#include "Documents.h"

#include "catalog/ListingDocument.h"
#include "core/Json.h"
#include "orders/Fact.h"

#include <algorithm>
#include <array>
#include <exception>

namespace spokehub::check
{

namespace
{

std::string needText(const Value& document, const char* member)
{
    const auto found = document.find(member);
    const bool good =
        found != document.end() && found->is_string() &&
        (!found->get_ref<const std::string&>().empty() || std::string_view(member) == "cursor");
    return good ? "" : std::string("'") + member + "' must be text";
}

std::string oneOf(const Value& document, const char* member,
                  std::initializer_list<std::string_view> words)
{
    const auto found = document.find(member);
    if (found == document.end() || !found->is_string() ||
        std::ranges::find(words, found->get_ref<const std::string&>()) == words.end())
        return std::string("'") + member + "' is none of the known words";
    return {};
}

std::string inResult(const Value& document)
{
    if (auto mistake = needText(document, "item"); !mistake.empty())
        return mistake;
    const auto found = document.find("class");
    const auto kind = found != document.end() && found->is_string()
                          ? classFromText(found->get_ref<const std::string&>())
                          : std::nullopt;
    if (!kind)
        return "'class' is none of the known classes";
    if (kind != Class::Done)
        return needText(document, "reason");
    return {};
}

std::string inRate(const Value& document)
{
    for (const char* member : {"available", "capacity", "restore_per_second"})
        if (!document.contains(member) || !document[member].is_number())
            return std::string("'") + member + "' must be a number";
    return {};
}

/// What the hub itself reads, read by the hub's own code.
std::string byTheHub(std::int32_t kind, const Value& document)
{
    try {
        const std::string text = document.dump();
        const auto json = JsonDocument::parse(text);
        if (kind == SPH_DOC_FACT)
            orders::readFacts(text);
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
        return byTheHub(kind, document);
    case SPH_DOC_FINDING: {
        auto mistake = oneOf(document, "level", {"ok", "warning", "error"});
        return mistake.empty() ? needText(document, "message") : mistake;
    }
    case SPH_DOC_NOTICE:
        return needText(document, "kind");
    case SPH_DOC_FETCH: {
        auto mistake = needText(document, "stream");
        return mistake.empty() ? needText(document, "id") : mistake;
    }
    case SPH_DOC_CHECKPOINT:
        return needText(document, "cursor");
    case SPH_DOC_RESULT:
        return inResult(document);
    case SPH_DOC_RATE:
        return inRate(document);
    case SPH_DOC_SUBSCRIPTION: {
        auto mistake =
            oneOf(document, "state", {"present", "created", "repaired", "removed", "failed"});
        return mistake.empty() ? needText(document, "topic") : mistake;
    }
    default:
        return "it is of an unknown kind";
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
