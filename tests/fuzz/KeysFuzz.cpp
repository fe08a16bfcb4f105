// Public keys and signatures as somebody sends them: the first line is the signature, the rest a
// key.
#include "Fuzz.h"

#include "spokes/Signatures.h"

using namespace spokehub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view rest = fuzz::viewOf(data, size);
    const std::string_view signature = fuzz::cut(rest, '\n');
    if (const auto key = spokes::PublicKey::fromPem(rest))
        for (const std::uint32_t digest : {SPH_SHA1, SPH_SHA256})
            fuzz::require(!key->verifies(digest, "what nobody signed", signature),
                          "nobody can sign this by chance");
    return 0;
}
