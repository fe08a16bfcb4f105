#pragma once

#include "core/Json.h"
#include "crashing/StoreCalls.h"
#include "standin/ShopifyStandIn.h"
#include "support/HttpClient.h"
#include "support/HubProcess.h"
#include "support/TestDatabase.h"

#include <optional>
#include <string>

namespace spokehub::test
{

/// A hub that can be killed at any of its calls to the store, between a Shopify and a corner shop
/// that outlive it. What the stock should be is counted beside it.
class CrashingHub
{
public:
    static constexpr const char* sku = "LEG-S";

    explicit CrashingHub(TestDatabase::Content content = TestDatabase::Content::Migrated);
    ~CrashingHub();

    /// The first start: the two shops are known, the SKU is there, and everybody has been told.
    void open();

    // ---- what happens
    /// Delivers the shop's webhooks that wait; false when one was not taken.
    bool deliver();
    /// The status; 0 when the hub died meanwhile.
    int post(const std::string& target, const std::string& body = "{}",
             const std::string& key = {});
    std::int64_t place(std::int64_t units, bool paid = true); // the shop's id of the order
    std::string orderId(std::int64_t shopOrder);              // as the hub shows it; "" if unknown
    std::string lineId(std::int64_t shopOrder);
    std::string reservation() const { return _answer; } // the id in the last answer

    // ---- what is seen
    /// From here on it is not killed; when it is being, its end is waited for.
    void spare();
    /// Waits until nothing is left to do; false when the hub died before that.
    bool settled();
    /// Everybody shows what there is, all rows agree, and no work stands in the error queue.
    void verify(const std::string& when);
    std::int64_t ordersOf(std::int64_t shopOrder);

    std::int64_t onHand = 0;
    std::int64_t reserved = 0;

    TestDatabase database;
    standin::ShopifyStandIn shop;
    std::filesystem::path directory;
    std::optional<StoreCalls> calls;
    std::optional<HubProcess> hub;

private:
    bool quiet();
    std::int64_t corner() const;

    std::string _answer;
};

/// Every row of the store agrees with what it follows from; else the test fails and names them.
void assertVerified(TestDatabase& database, const Config& config, const std::string& when);

} // namespace spokehub::test
