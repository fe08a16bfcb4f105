#pragma once

#include "core/Config.h"
#include "core/Id.h"

#include <string>
#include <string_view>
#include <vector>

namespace spokehub::access
{

/// Seals what the store keeps and must not show (AES-256-GCM, RFC 5116): the first key seals, every
/// key opens, so that keys can be changed. A sealed text opens for the tenant and the field it was
/// sealed for, and for no other. Any thread.
class Sealer
{
public:
    /// Keys of 32 bytes, as the configuration has read them; none: nothing can be sealed.
    explicit Sealer(const std::vector<Secret>& keys);

    bool canSeal() const { return !_keys.empty(); }

    /// "1.KEY.DATA": letters, digits, "-", "_" and dots. Another text each time. Throws
    /// Error(Unavailable) without a key.
    std::string seal(Id tenant, std::string_view field, std::string_view text) const;

    /// Throws Error(Unavailable) when the key is not among ours, Error(Unprocessable) when the text
    /// was changed or sealed for something else; neither shows any of it.
    std::string open(Id tenant, std::string_view field, std::string_view sealed) const;

    /// Whether it is sealed under the first key; else it should be sealed anew.
    bool isCurrent(std::string_view sealed) const;

private:
    struct Key
    {
        std::string id; // of its hash
        Secret bytes;
    };
    const Key* keyOf(std::string_view id) const;

    std::vector<Key> _keys;
};

} // namespace spokehub::access
