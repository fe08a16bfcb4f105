#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::spokes
{

/// Every value of each secret; the first one is used for calls, all of them for signatures.
using Secrets = std::map<std::string, std::vector<std::string>, std::less<>>;

/// One channel's secrets: what may be done with them, and none of it shows them. Any thread.
class Vault
{
public:
    explicit Vault(Secrets secrets);

    /// These take the place of those before, which stay blotted out.
    void set(Secrets secrets);
    /// Another one each time they were set.
    std::uint64_t version() const { return _version; }

    /// How many values the secret has; 0: not configured.
    std::uint32_t count(std::string_view name) const;

    /// An HMAC or a digest as abi.h says at sph_crypto, and its classes.
    std::int32_t hmac(std::uint32_t digest, std::string_view name, std::uint32_t index,
                      std::uint32_t form, std::string_view data, void* mac) const;
    std::int32_t digest(std::uint32_t digest, std::string_view before, std::string_view name,
                        std::string_view after, void* out) const;

    using Replace = std::function<std::optional<std::string>(std::string_view name)>;
    /// "${secret:NAME}", "${basic:A:B}" and, where `oauth` is given, "${oauth:GRANT}" put in.
    /// Nothing, and why, when one of them has no value.
    std::optional<std::string> expanded(std::string_view text, std::string& why,
                                        const Replace& oauth = nullptr) const;

    /// `value` is a secret from now on: an access token.
    void learn(const std::string& value) const;

    /// `text` with every secret's value blotted out.
    std::string blotted(std::string_view text) const;

private:
    static constexpr std::size_t learnedMax = 16;
    static constexpr std::size_t blotsMax = 64;

    std::optional<std::string> value(std::string_view name, std::size_t index = 0) const;
    std::optional<std::string> first(std::string_view name, std::string& why) const;
    std::optional<std::string> basic(std::string_view names, std::string& why) const;

    std::atomic<std::uint64_t> _version = 0;
    mutable std::mutex _mutex; // of all below: any thread logs
    Secrets _secrets;
    std::vector<std::pair<std::string, std::string>> _blots; // value, and what stands for it
    mutable std::vector<std::string> _learned;               // the newest last
};

} // namespace spokehub::spokes
