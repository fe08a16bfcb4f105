#pragma once

#include "core/Json.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spokehub::cli
{

/// The REST API of a running hub. Every refusal is a Failure that says what the hub said.
class HubClient
{
public:
    using Query = std::vector<std::pair<std::string, std::string>>;

    HubClient(std::string url, std::string key);
    ~HubClient();
    HubClient(HubClient&&) noexcept;
    HubClient& operator=(HubClient&&) noexcept;

    JsonDocument get(const std::string& path, const Query& query = {});
    JsonDocument post(const std::string& path, const Query& query = {},
                      const std::string& body = {},
                      std::chrono::seconds waitMax = std::chrono::seconds(60));

    JsonDocument send(const std::string& method, const std::string& path, const Query& query = {},
                      const std::string& body = {}, const std::string& type = "application/json");

    /// A list, page after page, up to so many rows: {"data": […], "next_cursor"}.
    JsonDocument list(const std::string& path, Query query, std::int64_t rowsMax);

    const std::string& url() const;

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

/// Fit to be a piece of a path or a value of a query.
std::string escaped(std::string_view text);

} // namespace spokehub::cli
