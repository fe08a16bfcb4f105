#include "spokes/Vault.h"

#include "spokes/Signatures.h"

#include "spokehub/Text.h"

#include <algorithm>

namespace spokehub::spokes
{

namespace
{

void blotOut(std::string& text, std::string_view value, std::string_view blot)
{
    for (auto at = text.find(value); at != text.npos; at = text.find(value, at + blot.size()))
        text.replace(at, value.size(), blot);
}

} // namespace

Vault::Vault(Secrets secrets)
{
    set(std::move(secrets));
}

void Vault::set(Secrets secrets)
{
    std::vector<std::pair<std::string, std::string>> blots;
    for (const auto& [name, values] : secrets)
        for (const auto& value : values)
            if (!value.empty())
                blots.emplace_back(value, "[secret " + name + "]");
    const std::lock_guard lock(_mutex);
    for (auto& before : _blots)
        if (blots.size() < blotsMax && std::ranges::find(blots, before) == blots.end())
            blots.push_back(std::move(before));
    // The longest first: one may be a part of another.
    std::ranges::stable_sort(blots, std::greater{},
                             [](const auto& blot) { return blot.first.size(); });
    _blots = std::move(blots);
    _secrets = std::move(secrets);
    ++_version;
}

std::optional<std::string> Vault::value(std::string_view name, std::size_t index) const
{
    const std::lock_guard lock(_mutex);
    const auto found = _secrets.find(name);
    if (found == _secrets.end() || index >= found->second.size())
        return std::nullopt;
    return found->second[index];
}

std::uint32_t Vault::count(std::string_view name) const
{
    const std::lock_guard lock(_mutex);
    const auto found = _secrets.find(name);
    return found == _secrets.end() ? 0 : static_cast<std::uint32_t>(found->second.size());
}

std::int32_t Vault::hmac(std::uint32_t digest, std::string_view name, std::uint32_t index,
                         std::uint32_t form, std::string_view data, void* mac) const
{
    const std::size_t size = digestBytes(digest);
    if (size == 0 || form > SPH_KEY_BASE64)
        return SPH_UNSUPPORTED;
    const auto found = value(name, index);
    if (!found)
        return SPH_CONFIG;
    std::string_view key = *found;
    std::optional<std::string> decoded;
    if (form == SPH_KEY_BASE64) {
        decoded = fromBase64(key.substr(key.find('_') + 1)); // without a prefix, the whole of it
        if (!decoded)
            return SPH_CONFIG;
        key = *decoded;
    }
    return spokes::hmac(digest, key, data, {static_cast<unsigned char*>(mac), size}) ? SPH_DONE
                                                                                     : SPH_CONFIG;
}

std::int32_t Vault::digest(std::uint32_t digest, std::string_view before, std::string_view name,
                           std::string_view after, void* out) const
{
    const auto key = name.empty() ? std::optional<std::string>("") : value(name);
    if (!key)
        return SPH_CONFIG;
    const std::string_view parts[] = {before, *key, after};
    return digestOf(digest, parts, {static_cast<unsigned char*>(out), digestBytes(digest)})
               ? SPH_DONE
               : SPH_UNSUPPORTED;
}

std::optional<std::string> Vault::first(std::string_view name, std::string& why) const
{
    if (auto found = value(name))
        return found;
    why = "the secret '" + std::string(name) + "' is not configured";
    return std::nullopt;
}

std::optional<std::string> Vault::basic(std::string_view names, std::string& why) const
{
    const auto colon = names.find(':');
    const auto user = first(names.substr(0, colon), why);
    const auto password = first(colon == names.npos ? "" : names.substr(colon + 1), why);
    if (!user || !password)
        return std::nullopt;
    std::string both = toBase64(*user + ":" + *password);
    learn(both);
    return both;
}

std::optional<std::string> Vault::expanded(std::string_view text, std::string& why,
                                           const Replace& oauth) const
{
    const std::pair<std::string_view, Replace> kinds[] = {
        {"secret:", [&](std::string_view name) { return first(name, why); }},
        {"basic:", [&](std::string_view names) { return basic(names, why); }},
        {"oauth:", oauth}};
    std::string to;
    for (auto at = text.find("${"); at != text.npos; at = text.find("${")) {
        const auto end = text.find('}', at);
        const auto inside = end == text.npos ? "" : text.substr(at + 2, end - at - 2);
        const auto kind = std::ranges::find_if(
            kinds, [&](const auto& each) { return each.second && inside.starts_with(each.first); });
        to.append(text, 0, at);
        if (kind == std::end(kinds)) {
            to += "${"; // it stands for nothing of ours
            text.remove_prefix(at + 2);
            continue;
        }
        const auto value = kind->second(inside.substr(kind->first.size()));
        if (!value)
            return std::nullopt;
        to += *value;
        text.remove_prefix(end + 1);
    }
    return to.append(text);
}

void Vault::learn(const std::string& value) const
{
    const std::lock_guard lock(_mutex);
    if (std::ranges::find(_learned, value) != _learned.end())
        return;
    if (_learned.size() == learnedMax)
        _learned.erase(_learned.begin());
    _learned.push_back(value);
}

std::string Vault::blotted(std::string_view text) const
{
    std::string to(text);
    const std::lock_guard lock(_mutex);
    for (const auto& [value, blot] : _blots)
        blotOut(to, value, blot);
    for (const std::string& value : _learned)
        blotOut(to, value, "[access token]");
    return to;
}

} // namespace spokehub::spokes
