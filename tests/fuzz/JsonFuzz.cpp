// The reader of JSON: what it reads and writes again, it reads the same way.
#include "Fuzz.h"

#include "core/Json.h"

using namespace spokehub;

namespace
{

/// Every value asked for in every way.
std::size_t walked(Json value)
{
    std::size_t count = 1 + value.size();
    count +=
        value.text().value_or("").size() + (value.integer() ? 1 : 0) + (value.boolean() ? 1 : 0);
    value.each([&](Json each) {
        count += walked(each);
        return true;
    });
    value.eachMember([&](std::string_view key, Json each) {
        count += key.size() + walked(each);
        return true;
    });
    return count;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string why;
    const auto document = JsonDocument::parse(fuzz::viewOf(data, size), &why);
    if (!document) {
        fuzz::require(!why.empty(), "it says why it is no JSON");
        return 0;
    }
    const std::string once = document->root().dump();
    const auto again = JsonDocument::parse(once, &why);
    fuzz::require(again.has_value(), "what was written is JSON: " + why);
    fuzz::require(again->root().dump() == once, "it is written the same way");
    fuzz::require(walked(again->root()) == walked(document->root()), "nothing is lost");
    return 0;
}
