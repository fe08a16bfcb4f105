#pragma once

#include "core/Clock.h"
#include "spokes/AccessTokens.h"
#include "spokes/HttpTransport.h"
#include "spokes/KeyRing.h"
#include "spokes/Spoke.h"
#include "spokes/Vault.h"

#include "spokehub/abi.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::spokes
{

/// The small store of a channel. The lane gives one that buffers puts and makes them durable with
/// the checkpoint.
class KeyValues
{
public:
    static constexpr std::size_t keyBytesMax = 200;
    static constexpr std::size_t bytesMax = 64 * 1024; // of all keys and values

    virtual ~KeyValues() = default;
    virtual std::optional<std::string> get(std::string_view key) const = 0;
    /// False when it would hold more than bytesMax; nothing has changed then.
    virtual bool put(std::string_view key, std::string_view value) = 0;
};

/// Key values in memory; `takeChanges` is what a lane stores.
class BufferedValues final : public KeyValues
{
public:
    using Values = std::map<std::string, std::string, std::less<>>;

    explicit BufferedValues(Values stored = {});
    std::optional<std::string> get(std::string_view key) const override;
    bool put(std::string_view key, std::string_view value) override;

    /// What was put since the last time.
    Values takeChanges();

private:
    Values _values;
    Values _changes;
    std::size_t _bytes = 0;
};

struct SpokeHostParts
{
    std::string channel; // for the log
    const Clock& clock;
    HttpTransport& http;
    KeyValues& values;
    Secrets secrets;
    const KeyRing* keys = nullptr;          // null: no key is ever known
    std::vector<OAuthGrant> oauth{};        // with the settings filled in
    RefreshTokens* refreshTokens = nullptr; // null: replaced ones are kept in memory
};

/// What one channel's spoke gets from the hub: the table of abi.h and its extensions. Log, clock,
/// random, secrets and signatures: any thread; the rest only inside a verb, on the lane.
class SpokeHost
{
public:
    explicit SpokeHost(SpokeHostParts parts);
    ~SpokeHost();
    SpokeHost(const SpokeHost&) = delete;
    SpokeHost& operator=(const SpokeHost&) = delete;

    const sph_host* table() const;

    /// These are the channel's secrets from now on; another version then.
    void setSecrets(Secrets secrets);
    std::uint64_t secretsVersion() const;

    /// The bounds of the verb that runs next on the lane.
    void begin(const Call& call);
    /// After it: no more HTTP or key values until the next one.
    void end();

    /// `text` with every secret's value blotted out.
    std::string blotted(std::string_view text) const;

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::spokes
