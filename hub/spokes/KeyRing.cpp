#include "spokes/KeyRing.h"

#include "core/Error.h"
#include "core/Json.h"
#include "core/Log.h"

#include <algorithm>

namespace spokehub::spokes
{

namespace
{

using namespace std::chrono_literals;

constexpr std::size_t idBytesMax = 200;
constexpr auto usualLife = 1h;
constexpr auto askAgainAfter = 1min;

[[noreturn]] void refuse(const std::string& member, const std::string& reason)
{
    throw Error(Refusal::Unprocessable, "key: " + member + " " + reason, {{member, reason}});
}

} // namespace

void KeyRing::keep(std::string_view document)
{
    std::string why;
    const auto json = JsonDocument::parse(document, &why);
    if (!json)
        throw Error(Refusal::Unprocessable, "key: it is not JSON: " + why);
    const Json from = json->root();
    const auto id = from.textOr("id");
    if (id.empty() || id.size() > idBytesMax)
        refuse("id", "has not 1 to 200 bytes");
    const auto key = PublicKey::fromPem(from.textOr("pem"));
    if (!key)
        refuse("pem", "is not a public key (EC or RSA) in PEM");
    Time until = _clock.now() + usualLife;
    if (const Json said = from["expires_at"]; said && !said.isNull()) {
        const auto read = timeFromIso(said.text().value_or(""));
        if (!read)
            refuse("expires_at", "is not a time: " + said.dump());
        until = *read;
    }

    const std::lock_guard lock(_mutex);
    _keys.insert_or_assign(std::string(id), Kept{*key, until});
    if (_keys.size() > keysMax)
        _keys.erase(std::ranges::min_element(_keys, {},
                                             [](const auto& each) { return each.second.until; }));
}

std::optional<bool> KeyRing::verifies(std::uint32_t digest, std::string_view id,
                                      std::string_view data, std::string_view signature) const
{
    std::optional<PublicKey> key;
    {
        const std::lock_guard lock(_mutex);
        const auto found = _keys.find(id);
        if (found == _keys.end() || found->second.until <= _clock.now())
            return std::nullopt;
        key = found->second.key;
    }
    return key->verifies(digest, data, signature);
}

bool KeyRing::shouldAsk(const std::string& id)
{
    const Time now = _clock.now();
    const std::lock_guard lock(_mutex);
    std::erase_if(_asked, [now](const auto& each) { return each.second + askAgainAfter <= now; });
    return _asked.size() < askedMax && _asked.emplace(id, now).second;
}

void KeyRing::fetch(Spoke& spoke, const Call& call, const std::string& id)
{
    JsonWriter request;
    request.beginObject().member("cursor", "").member("id", id).endObject();
    std::string wrong;
    const auto verdict =
        spoke.pull(call, "keys", request.text(), [&](DocumentKind kind, std::string_view document) {
            try {
                if (kind == DocumentKind::Key)
                    keep(document);
            } catch (const Error& error) {
                wrong = error.what();
            }
            return true;
        });
    if (verdict.kind != Class::Done)
        wrong = std::string(toText(verdict.kind)) + ": " + verdict.reason;
    if (!wrong.empty())
        Log::warning("a key could not be fetched",
                     {{"channel", _channel}, {"key", id}, {"reason", wrong}});
}

} // namespace spokehub::spokes
