#pragma once

#include "http/Message.h"

#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

namespace spokehub::api
{

/// Whose pages may ask the API from a browser (`server.cors_origins`): with a key or a token, never
/// with the cookie of a sign-in. Thread-safe.
class Cors
{
public:
    explicit Cors(std::vector<std::string> origins) : _origins(std::move(origins)) {}

    void allow(std::vector<std::string> origins);

    /// The answer to a browser that asks whether it may ask.
    std::optional<http::Response> preflight(const http::Request& request) const;
    /// What the answer to this request has to say to a browser; nothing for other origins.
    std::vector<http::Header> headersFor(const http::Request& request) const;

private:
    std::optional<std::string> originOf(const http::Request& request) const;

    mutable std::shared_mutex _mutex;
    std::vector<std::string> _origins;
};

} // namespace spokehub::api
