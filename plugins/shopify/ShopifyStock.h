#pragma once

#include "ShopifyApi.h"

#include <vector>

namespace spokehub::shopify
{

/// Sets what the location shows as available, a whole batch in one call. Shopify refuses the call
/// for one bad item: that item is answered by its class, and the others are sent again without it.
/// Items without a result when the call itself fails take the verb's class.
class StockPush
{
public:
    StockPush(const Host& host, ShopifyApi& api, const ShopifySettings& settings, Out& out)
        : _host(host), _api(api), _settings(settings), _out(out)
    {
    }

    Class run(const std::vector<StockItem>& items);

private:
    struct Line
    {
        const StockItem* item;
        std::string stockId;
        bool settled = false;
    };

    /// What one call left to do.
    struct Refusals
    {
        bool stale = false;
        bool again = false; // under a new key
        std::vector<std::size_t> notStocked;
    };

    bool resolve(Line& line);
    void refuseTwins();
    /// True when all is settled.
    bool set();
    std::string input() const;
    std::string key(std::string_view purpose) const;
    Refusals read(const JsonObject& payload);
    void refuse(Line& line, std::string_view code, const std::string& message, Refusals& refusals,
                std::size_t index);
    [[noreturn]] void refuseAll(std::string_view code, const std::string& message);
    void observe();
    void activate(Line& line);
    void settle(Line& line, Class kind, const std::string& reason = {},
                std::optional<std::int64_t> observed = {});

    const Host& _host;
    ShopifyApi& _api;
    const ShopifySettings& _settings;
    Out& _out;
    std::vector<Line> _lines; // what is not settled yet
    int _round = 0;
};

} // namespace spokehub::shopify
