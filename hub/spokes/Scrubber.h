#pragma once

#include <map>
#include <string>
#include <string_view>

namespace spokehub::spokes
{

/// Takes people out of what was recorded: names, e-mails, addresses and phones of buyers, and
/// whatever is named like a secret. Equal values get equal stand-ins; what does not matter stays
/// byte for byte. First all texts are learned from, then all are scrubbed.
class Scrubber
{
public:
    /// Notes what is personal in a text; JSON tells it by the names of its members.
    void learn(std::string_view text);

    /// The text with everything that was learned, and every e-mail address, replaced.
    std::string scrubbed(std::string_view text) const;

    /// Whether a header is kept for nobody's eyes: authorization, cookies, tokens.
    static bool hidesHeader(std::string_view name);

private:
    std::string standInFor(std::string_view key, std::string_view raw);

    std::map<std::string, std::string, std::less<>> _standIns; // by what stood there
    int _count = 0;
};

} // namespace spokehub::spokes
