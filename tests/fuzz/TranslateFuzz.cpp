// A spoke's translate: the first line is the topic, the rest the body. Whatever a channel sends is
// understood or refused, and what is made of it is as the documents of the SDK say.
#include "Fuzz.h"
#include "OpenSpoke.h"

#include "catalog/ListingDocument.h"
#include "core/Error.h"
#include "core/Json.h"
#include "orders/Fact.h"

using namespace spokehub;

namespace
{

/// As the hub reads it.
void read(const spokes::Document& document)
{
    if (document.kind == spokes::DocumentKind::Fact)
        (void)orders::readFacts(document.json);
    const auto json = JsonDocument::parse(document.json);
    fuzz::require(json.has_value(), "a document is JSON");
    if (document.kind == spokes::DocumentKind::Listing)
        (void)catalog::ListingDocument::read(json->root());
    if (document.kind == spokes::DocumentKind::Level)
        (void)catalog::LevelDocument::read(json->root());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const spokes::Spoke& spoke = fuzz::openSpoke();
    std::string_view body = fuzz::viewOf(data, size);
    const std::string_view topic = fuzz::cut(body, '\n');

    const spokes::Answer answer =
        spoke.translate({"message-1", topic, body, Time{1'795'176'000'000'000}});

    fuzz::require(answer.verdict.kind == Class::Done || answer.verdict.kind == Class::Rejected ||
                      answer.verdict.kind == Class::Unsupported,
                  "a message is understood or refused, not " +
                      std::string(toText(answer.verdict.kind)) + ": " + answer.verdict.reason);
    if (answer.verdict.kind != Class::Done)
        return 0;
    for (const spokes::Document& document : answer.documents)
        try {
            read(document);
        } catch (const Error& error) {
            fuzz::require(SPOKEHUB_FUZZED_PASSES_ON,
                          std::string(error.what()) + " in " + document.json);
        }
    return 0;
}
