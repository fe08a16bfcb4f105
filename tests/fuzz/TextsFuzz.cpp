// The small readers of what comes in URLs, headers and documents: ids, cursors, queries, times,
// money, addresses.
#include "Fuzz.h"

#include "api/UrlText.h"
#include "core/Clock.h"
#include "core/Error.h"
#include "core/Id.h"
#include "core/Json.h"
#include "core/Money.h"
#include "http/Address.h"
#include "http/ForwardedFor.h"
#include "http/Target.h"
#include "store/Page.h"

using namespace spokehub;

namespace
{

void ids(std::string_view text)
{
    if (const auto id = readId("ord", text)) {
        fuzz::require(*id > 0 || text.starts_with("ord_"), "a number is an id above none");
        fuzz::require(readId("ord", showId("ord", *id)) == id, "an id that is shown is read again");
    }
}

void cursors(std::string_view text)
{
    const store::PageRequest page{.cursor = std::string(text)};
    try {
        const std::string key = page.after("orders");
        fuzz::require(text.empty() || store::cursorOf("orders", key) == text,
                      "a cursor that is taken is one that was given");
        (void)page.afterId("orders");
    } catch (const Error& error) {
        fuzz::require(error.refusal() == Refusal::BadRequest, error.what());
    }
    const store::PageRequest own{.cursor = store::cursorOf("orders", text)};
    if (!text.empty() && isUtf8(text) && text.find('\0') == std::string_view::npos)
        fuzz::require(own.after("orders") == text, "a cursor says what went into it");
}

void urls(std::string_view text)
{
    if (const auto path = api::decodedPath(text))
        fuzz::require(isUtf8(*path), "a path is UTF-8");
    try {
        const api::Query query(text);
        for (const auto& [name, value] : query.all())
            fuzz::require(isUtf8(name) && isUtf8(value), "a parameter is UTF-8");
    } catch (const Error& error) {
        fuzz::require(error.refusal() == Refusal::BadRequest, error.what());
    }
    if (const auto target = http::splitTarget("GET", text))
        fuzz::require(target->path.starts_with("/"), "a path begins with a slash");
    (void)http::isAuthority(text);
}

void values(std::string_view text)
{
    if (const auto time = timeFromIso(text))
        fuzz::require(timeFromIso(toIso(*time)) == time, "a time that is shown is read again");
    for (const char* currency : {"USD", "JPY", "KWD"})
        if (const auto minor = minorFromDecimal(text, currency))
            fuzz::require(minorFromDecimal(decimalFromMinor(*minor, currency), currency) == minor,
                          "an amount that is shown is read again");
    if (const auto address = http::Address::parse(text))
        fuzz::require(http::Address::parse(address->text()) == address,
                      "an address that is shown is read again");
    (void)http::AddressRange::parse(text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::viewOf(data, size);
    ids(text);
    cursors(text);
    urls(text);
    values(text);
    return 0;
}
