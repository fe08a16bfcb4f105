#pragma once

#include "spokehub/Messages.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sandbox
{

using Json = nlohmann::json;

struct Stocked
{
    std::int64_t quantity = 0;
    std::string updatedAt;
    std::string lastKey; // of the newest push: the same key is done once
};

/// The shop that the sandbox sells in: quantities, orders and fulfilments in memory, and when it
/// has a file, there too, as JSON that people may read and edit. Thread-safe: two channels may
/// share a shop.
class SandboxShop
{
public:
    /// The one shop of that name in this process, made by the first who asks.
    static std::shared_ptr<SandboxShop> named(const std::string& name, const std::string& file);

    explicit SandboxShop(std::filesystem::path file);

    /// Adds the SKUs that the shop does not have yet.
    void stockUp(const std::vector<std::pair<std::string, std::int64_t>>& catalog,
                 const std::string& now);

    std::map<std::string, Stocked> stock();

    /// Sets a quantity; a conflict when the shop shows another one than expected.
    spokehub::Result set(const spokehub::StockItem& item, const std::string& now);

    /// Ships lines of an order; the same key answers the same fulfilment.
    spokehub::Result ship(const spokehub::ShipmentItem& item, const std::string& now);

    /// Documents of type "order" and "fulfilment", by updated_at and id.
    std::vector<Json> orders();

private:
    void refresh();
    void save();
    std::filesystem::file_time_type changedAt() const;

    std::mutex _mutex;
    const std::filesystem::path _file; // empty: memory only
    std::filesystem::file_time_type _seen{};
    std::map<std::string, Stocked> _stock; // by SKU
    Json _orders = Json::array();
    Json _fulfilments = Json::array();
};

} // namespace sandbox
