#include "access/Sealer.h"

#include "access/Secrets.h"
#include "core/Error.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>

namespace spokehub::access
{

namespace
{

constexpr std::string_view version = "1";
constexpr std::size_t nonceBytes = 12;
constexpr std::size_t tagBytes = 16;
constexpr std::size_t idCharacters = 8;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

/// What the text is bound to. The tenant ends at the dot, so no two read alike.
std::string boundTo(Id tenant, std::string_view field)
{
    return std::string(version) + "." + std::to_string(tenant) + "." + std::string(field);
}

void require(int done)
{
    if (done != 1)
        throw std::runtime_error("OpenSSL could not seal a secret");
}

struct Parts
{
    std::string_view id;
    std::string_view data;
};

/// Nothing when it is no sealed text.
std::optional<Parts> partsOf(std::string_view sealed)
{
    const auto first = sealed.find('.');
    const auto second = first == sealed.npos ? first : sealed.find('.', first + 1);
    if (second == sealed.npos || sealed.substr(0, first) != version)
        return std::nullopt;
    return Parts{sealed.substr(first + 1, second - first - 1), sealed.substr(second + 1)};
}

/// Nothing when the text, or what it is bound to, is not what was sealed.
std::optional<std::string> decrypted(const std::string& key, const std::string& bound,
                                     std::string_view data)
{
    if (data.size() < nonceBytes + tagBytes)
        return std::nullopt;
    const auto nonce = data.substr(0, nonceBytes);
    const auto cipher = data.substr(nonceBytes, data.size() - nonceBytes - tagBytes);
    std::string tag(data.substr(data.size() - tagBytes));
    std::string text(cipher.size(), '\0');
    int length = 0;
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                               bytes(std::string_view(key)), bytes(nonce)));
    require(EVP_DecryptUpdate(context.get(), nullptr, &length, bytes(std::string_view(bound)),
                              static_cast<int>(bound.size())));
    require(EVP_DecryptUpdate(context.get(), bytes(text), &length, bytes(cipher),
                              static_cast<int>(cipher.size())));
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tagBytes, tag.data()));
    if (EVP_DecryptFinal_ex(context.get(), bytes(text) + length, &length) != 1)
        return std::nullopt;
    return text;
}

} // namespace

Sealer::Sealer(const std::vector<Secret>& keys)
{
    for (const Secret& key : keys)
        _keys.push_back({toBase64Url(secret::hashOf(key.reveal())).substr(0, idCharacters), key});
}

const Sealer::Key* Sealer::keyOf(std::string_view id) const
{
    const auto found = std::ranges::find(_keys, id, &Key::id);
    return found == _keys.end() ? nullptr : &*found;
}

std::string Sealer::seal(Id tenant, std::string_view field, std::string_view text) const
{
    if (!canSeal())
        throw Error(Refusal::Unavailable,
                    std::string(field) + " cannot be kept: no server.secret_key is configured");
    const Key& key = _keys.front();
    const std::string bound = boundTo(tenant, field);
    std::string data(nonceBytes + text.size() + tagBytes, '\0');
    require(RAND_bytes(bytes(data), nonceBytes));
    int length = 0;
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                               bytes(std::string_view(key.bytes.reveal())), bytes(data)));
    require(EVP_EncryptUpdate(context.get(), nullptr, &length, bytes(std::string_view(bound)),
                              static_cast<int>(bound.size())));
    require(EVP_EncryptUpdate(context.get(), bytes(data) + nonceBytes, &length, bytes(text),
                              static_cast<int>(text.size())));
    unsigned char* tag = bytes(data) + nonceBytes + text.size();
    require(EVP_EncryptFinal_ex(context.get(), tag, &length));
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tagBytes, tag));
    return std::string(version) + "." + key.id + "." + toBase64Url(data);
}

std::string Sealer::open(Id tenant, std::string_view field, std::string_view sealed) const
{
    const auto parts = partsOf(sealed);
    const Key* key = parts ? keyOf(parts->id) : nullptr;
    if (parts && key == nullptr)
        throw Error(Refusal::Unavailable,
                    std::string(field) + " is sealed under the key " + std::string(parts->id) +
                        ", which is not among server.secret_key (add it there, behind the newest)");
    const auto data = parts ? fromBase64Url(parts->data) : std::nullopt;
    auto text = data ? decrypted(key->bytes.reveal(), boundTo(tenant, field), *data) : std::nullopt;
    if (!text)
        throw Error(Refusal::Unprocessable,
                    std::string(field) + " cannot be opened: what is kept was changed, or was "
                                         "sealed for something else");
    return *std::move(text);
}

bool Sealer::isCurrent(std::string_view sealed) const
{
    const auto parts = partsOf(sealed);
    return parts && canSeal() && parts->id == _keys.front().id;
}

} // namespace spokehub::access
