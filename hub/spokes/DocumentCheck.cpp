#include "spokes/DocumentCheck.h"

#include "core/Json.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace spokehub::spokes
{

namespace
{

constexpr std::size_t idBytesMax = 200;

enum class Type
{
    Text,
    FullText, // not empty
    Id,       // 1 to 200 bytes
    Integer,
    Count, // an integer that is not negative
    Positive,
    Word, // one of some
};

struct Member
{
    std::string_view name;
    Type type;
    bool required = true;
    std::vector<std::string_view> words{};
};

struct Rule
{
    std::string_view name;
    std::vector<Member> members;
};

constexpr bool optional = false;

const std::vector<std::string_view>& classWords()
{
    static const std::vector<std::string_view> words(std::begin(sdk::detail::classNames),
                                                     std::end(sdk::detail::classNames));
    return words;
}

/// Null: documents of this kind are not checked here.
const Rule* ruleOf(DocumentKind kind)
{
    static const Rule problem{"problem",
                              {{"reason", Type::FullText},
                               {"retry_after_ms", Type::Count, optional},
                               {"detail", Type::Text, optional}}};
    static const Rule finding{"finding",
                              {{"level", Type::Word, true, {"ok", "warning", "error"}},
                               {"subject", Type::Text},
                               {"message", Type::FullText},
                               {"remedy", Type::Text, optional}}};
    static const Rule notice{"notice", {{"kind", Type::FullText}, {"message", Type::Text}}};
    static const Rule fetch{
        "fetch",
        {{"stream", Type::Word, true, {"orders", "listings", "levels", "shipments"}},
         {"id", Type::Id}}};
    static const Rule checkpoint{"checkpoint", {{"cursor", Type::Text}}};
    static const Rule result{"result",
                             {{"item", Type::FullText},
                              {"class", Type::Word, true, classWords()},
                              {"reason", Type::Text, optional},
                              {"retry_after_ms", Type::Count, optional},
                              {"observed", Type::Integer, optional},
                              {"external_id", Type::Text, optional}}};
    static const Rule rate{"rate",
                           {{"available", Type::Integer},
                            {"capacity", Type::Positive},
                            {"restore_per_second", Type::Positive}}};
    static const Rule subscription{
        "subscription",
        {{"topic", Type::FullText},
         {"state", Type::Word, true, {"present", "created", "repaired", "removed", "failed"}},
         {"reason", Type::Text, optional}}};
    switch (kind) {
    case DocumentKind::Problem:
        return &problem;
    case DocumentKind::Finding:
        return &finding;
    case DocumentKind::Notice:
        return &notice;
    case DocumentKind::Fetch:
        return &fetch;
    case DocumentKind::Checkpoint:
        return &checkpoint;
    case DocumentKind::Result:
        return &result;
    case DocumentKind::Rate:
        return &rate;
    case DocumentKind::Subscription:
        return &subscription;
    case DocumentKind::Manifest:
    case DocumentKind::Fact:
    case DocumentKind::Listing:
    case DocumentKind::Level:
    case DocumentKind::Parcel:
    case DocumentKind::Privacy:
    case DocumentKind::Key:
        break;
    }
    return nullptr;
}

std::string listed(const std::vector<std::string_view>& words)
{
    std::string all;
    for (const auto word : words)
        all += (all.empty() ? "" : ", ") + std::string(word);
    return all;
}

/// What is wrong with a member that is there; empty when nothing is.
std::string faultOf(const Member& member, Json value)
{
    const auto text = value.text();
    const auto number = value.integer();
    switch (member.type) {
    case Type::Text:
        return text ? "" : "is not text";
    case Type::FullText:
        return text && !text->empty() ? "" : "is not text, or empty";
    case Type::Id:
        return text && !text->empty() && text->size() <= idBytesMax ? "" : "has not 1 to 200 bytes";
    case Type::Integer:
        return number ? "" : "is not an integer";
    case Type::Count:
        return number && *number >= 0 ? "" : "is not an integer of 0 or more";
    case Type::Positive:
        return number && *number >= 1 ? "" : "is not an integer of 1 or more";
    case Type::Word:
        return text && std::ranges::find(member.words, *text) != member.words.end()
                   ? ""
                   : "is none of " + listed(member.words);
    }
    return "";
}

} // namespace

std::string faultOf(DocumentKind kind, std::string_view json)
{
    const Rule* const rule = ruleOf(kind);
    if (rule == nullptr)
        return "";
    std::string why;
    const auto document = JsonDocument::parse(json, &why);
    if (!document || !document->root().isObject())
        return std::string(rule->name)
            .append(": it is not a JSON object")
            .append(why.empty() ? "" : ": " + why);
    for (const Member& member : rule->members) {
        const Json value = document->root()[member.name];
        std::string fault;
        if (value)
            fault = faultOf(member, value);
        else if (member.required)
            fault = "is missing";
        if (!fault.empty())
            return std::string(rule->name)
                .append(": ")
                .append(member.name)
                .append(" ")
                .append(fault);
    }
    return "";
}

} // namespace spokehub::spokes
