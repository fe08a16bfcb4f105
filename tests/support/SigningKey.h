#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace spokehub::test
{

/// A fresh key pair on P-256, as a channel signs its webhooks with.
class SigningKey
{
public:
    SigningKey();

    /// The public half, on one line, as eBay hands it out.
    std::string pem() const;
    /// ECDSA over `digest` ("SHA1", "SHA256"), DER.
    std::string sign(std::string_view data, const char* digest = "SHA1") const;

private:
    std::shared_ptr<void> _key;
};

} // namespace spokehub::test
