#pragma once

#include "core/Clock.h"
#include "sim/Shop.h"

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace spokehub::sim
{

/// What merchants asked of the hub by its API and were told it is done.
struct Diary
{
    struct Adjusted
    {
        std::string sku;
        std::string location;
        std::string cause;
        bool counted = false; // units is then what was found on the shelf
        std::int64_t units = 0;
    };
    struct Reserved
    {
        std::string sku;
        std::int64_t units = 0;
        std::optional<Time> expiresAt; // by the hub's clock
        std::string ended;             // "released", "committed"; empty: not by us
    };
    struct Shipped
    {
        std::string order;
        std::vector<Units> units;
    };

    std::vector<Adjusted> adjusted;
    std::map<std::int64_t, Reserved> reserved; // by the reservation's id
    std::map<std::string, Shipped> shipped;    // by tracking number
    std::set<std::string> cancelTried;         // orders
    std::set<std::string> cancelled;
    std::int64_t refused = 0;
};

/// What must be true is not.
class Failed : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// What is sold, and where; the same in every run.
struct Recipe
{
    std::string sku;
    std::vector<std::pair<std::string, std::int64_t>> parts; // a plain variant is its own part
};

struct ShopSetting
{
    Traits traits;
    std::vector<std::string> locations; // in their order
    std::int64_t buffer = 0;
    std::int64_t percent = 100;
};

const std::vector<Recipe>& catalogue();
const std::vector<ShopSetting>& shopSettings();
std::string configuration();

} // namespace spokehub::sim
