#pragma once

#include "spokehub/abi.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace spokehub::spokes
{

/// What an isolated spoke may ask of its host; randomness and comparing it has itself.
enum class Service : std::int64_t
{
    Http,
    Log, // has no answer
    Now,
    SecretCount,
    Hmac,
    KvGet,
    KvPut,
    Cancelled,
    Extension, // is there one of this id?
    CryptoVerify,
    CryptoHmac,
    CryptoDigest,
    CryptoBase64,
    CryptoUnbase64,
    OauthRenew,
};

/// Does what a HostCall frame asks for, through the host's own table, on this thread. Answers with
/// the payload of the HostAnswer; empty when the service has none. Throws a FrameError when the
/// call is not understood.
std::string answerHostCall(const sph_host& host, std::string_view call);

} // namespace spokehub::spokes
