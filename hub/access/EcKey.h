#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{

/// A key for ES256 (ECDSA on P-256 with SHA-256, RFC 7518), with its private half or without.
/// Immutable; any thread.
class EcKey
{
public:
    static EcKey generate();
    /// The public half from its point (65 bytes); nothing when that is not on the curve.
    static std::optional<EcKey> fromPoint(std::string_view point);

    const std::string& point() const { return _point; }

    /// 64 bytes. Needs the private half.
    std::string sign(std::string_view data) const;
    bool verifies(std::string_view data, std::string_view signature) const;

private:
    EcKey(std::shared_ptr<void> key, std::string point)
        : _key(std::move(key)), _point(std::move(point))
    {
    }

    std::shared_ptr<void> _key;
    std::string _point;
};

} // namespace spokehub::access
