// What a spoke says of itself: read, or refused with a reason.
#include "Fuzz.h"

#include "spokes/Manifest.h"

using namespace spokehub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string why;
    const auto manifest = spokes::Manifest::parse(fuzz::viewOf(data, size), why);
    fuzz::require(manifest.has_value() || !why.empty(), "a refusal has a reason");
    if (manifest)
        fuzz::require(!manifest->name.empty(), "a spoke has a name");
    return 0;
}
