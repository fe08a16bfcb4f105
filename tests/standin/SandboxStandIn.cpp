// The shop of the sandbox, for the certifier: it is the file that the spoke reads and writes.
#include "spokehub/StandIn.h"
#include "spokehub/Text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace
{

using Json = nlohmann::json;
using namespace spokehub;

constexpr std::int64_t epoch = 1'794'000'000'000'000; // in November 2026

std::string name(const char* prefix, std::int64_t number)
{
    const auto digits = std::to_string(number);
    return prefix + std::string(6 - std::min<std::size_t>(6, digits.size()), '0') + digits;
}

Json order(std::int64_t number, const std::string& time)
{
    const auto id = name("O-", number);
    return {{"type", "order"},
            {"order_id", id},
            {"updated_at", time},
            {"number", "#" + id},
            {"placed_at", time},
            {"currency", "USD"},
            {"test", false},
            {"status", {{"cancelled", false}, {"paid", true}, {"payment", "paid"}}},
            {"totals", {{"total", 13000}}},
            {"lines",
             {{{"line_id", "1"},
               {"sku", "SKU-000001"},
               {"title", "Leggings"},
               {"quantity", 2},
               {"open", 2},
               {"unit_price", 6500}}}}};
}

Json item(const std::string& sku)
{
    return {{"external_id", sku}, {"parent_id", sku}, {"stock_id", sku}, {"sku", sku}};
}

class SandboxFile final : public StandIn
{
public:
    Json reset(const Seed& seed) override
    {
        _file = std::filesystem::path(seed.work) / "shop.json";
        Json shop = {{"stock", Json::object()}, {"orders", Json::array()}};
        Json offered = {{"stock", Json::array()},
                        {"shipments", Json::array()},
                        {"unknown", item("SKU-nobody-has")},
                        {"unknown_order", "O-nobody-has"}};
        for (std::int64_t i = 0; i < seed.orders; ++i) {
            shop["orders"].push_back(order(i, time(seed, i)));
            offered["shipments"].push_back(
                {{"order_id", name("O-", i)}, {"lines", {{{"line_id", "1"}, {"quantity", 1}}}}});
        }
        for (std::int64_t i = 0; i < seed.listings; ++i) {
            const auto sku = name("SKU-", i);
            shop["stock"][sku] = {{"quantity", 10 + i % 7}, {"updated_at", time(seed, i)}};
            offered["stock"].push_back(item(sku));
        }
        write(shop);
        _before = shop["stock"];
        return offered;
    }

    Json state() override
    {
        std::ifstream stream(_file);
        const Json shop = Json::parse(stream);
        Json stock = Json::object();
        for (const auto& [sku, stocked] : shop.at("stock").items())
            stock[sku] = stocked.at("quantity");
        const auto shipments = shop.value("fulfilments", Json::array()).size();
        return {
            {"stock", stock}, {"effects", changes(stock) + shipments}, {"shipments", shipments}};
    }

    StandInAnswer answer(const StandInRequest&) override
    {
        return {500, R"({"error": "the sandbox calls nobody"})"};
    }

private:
    static std::string time(const Seed& seed, std::int64_t number)
    {
        return isoFromMicros(epoch + (seed.sameTime ? 0 : number * 1'000'000));
    }

    /// How many quantities are not what they were at first.
    std::size_t changes(const Json& stock) const
    {
        std::size_t count = 0;
        for (const auto& [sku, stocked] : _before.items())
            count += stock.value(sku, Json()) == stocked["quantity"] ? 0 : 1;
        return count;
    }

    /// In its place at once, with a time that the spoke has not seen.
    void write(const Json& shop)
    {
        const auto fresh = _file.string() + ".reset";
        std::ofstream(fresh) << shop.dump();
        std::filesystem::last_write_time(fresh, std::filesystem::file_time_type::clock::now() +
                                                    std::chrono::seconds(++_resets));
        std::filesystem::rename(fresh, _file);
    }

    std::filesystem::path _file;
    Json _before = Json::object();
    int _resets = 0;
};

} // namespace

int main()
{
    return SandboxFile().run();
}
