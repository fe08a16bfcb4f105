#include "plugins/ShopifyChannel.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;
using spokehub::standin::Fault;
using spokehub::standin::Shop;

/// ShipmentPush: shipments become fulfilments, and never twice.
class ShopifyShipmentTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyShipmentTest);
    CPPUNIT_TEST(aShipmentBecomesAFulfilmentWithItsTracking);
    CPPUNIT_TEST(aPartOfAnOrderLeavesTheRestOpen);
    CPPUNIT_TEST(afterALostAnswerItIsNotFulfilledTwice);
    CPPUNIT_TEST(withoutATrackingNumberALostAnswerIsToldByTheLines);
    CPPUNIT_TEST(twoEqualShipmentsOfOneOrderAreTwo);
    CPPUNIT_TEST(theSameTrackingNumberIsTheSameShipment);
    CPPUNIT_TEST(whatAPersonFulfilledWithoutTrackingGetsIt);
    CPPUNIT_TEST(moreThanIsOpenIsRefusedWithTheNumbers);
    CPPUNIT_TEST(aCancelledOrAnUnknownOrderIsRefused);
    CPPUNIT_TEST(oneRefusedShipmentDoesNotStopTheNext);
    CPPUNIT_TEST(afterALostAnswerTheNextOnesAreNotSent);
    CPPUNIT_TEST_SUITE_END();

    std::optional<ShopifyChannel> channel;
    std::int64_t orderId = 0;
    std::vector<std::int64_t> lineIds;

public:
    void setUp() override
    {
        channel.emplace();
        channel->shop.with([&](Shop& shop) {
            shop.addVariant("LEG-S", 10);
            shop.addVariant("LEG-M", 10);
            const auto& order = shop.place({{"LEG-S", 2}, {"LEG-M", 1}});
            orderId = order.id;
            lineIds = {order.lines[0].id, order.lines[1].id};
        });
    }
    void tearDown() override { channel.reset(); }

    void aShipmentBecomesAFulfilmentWithItsTracking()
    {
        const Value result = push(shipment({2, 1}));

        CPPUNIT_ASSERT_EQUAL(std::string("done"), result["class"].get<std::string>());
        const auto made = fulfilments();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, made.size());
        CPPUNIT_ASSERT_EQUAL(std::to_string(made[0].id), result["external_id"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("UPS 1Z1 https://ups.example/1Z1"),
                             made[0].company + " " + made[0].number + " " + made[0].url);
        CPPUNIT_ASSERT_EQUAL(std::string("fulfilled"), state());
    }

    void aPartOfAnOrderLeavesTheRestOpen()
    {
        push(shipment({1, 0}));

        CPPUNIT_ASSERT_EQUAL(std::string("partial"), state());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, fulfilments().at(0).lines.at(0).quantity);
    }

    void afterALostAnswerItIsNotFulfilledTwice()
    {
        channel->shop.fail(Fault::Lost, 1, "fulfillmentCreate");
        const Value lost = push(shipment({1, 0}));
        Value again = shipment({1, 0});
        again["previous"] = "unknown_outcome";

        const Value result = push(again);

        CPPUNIT_ASSERT_EQUAL(std::string("unknown_outcome"), lost["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("done"), result["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fulfilments().size());
        CPPUNIT_ASSERT_EQUAL(std::to_string(fulfilments()[0].id),
                             result["external_id"].get<std::string>());
    }

    void withoutATrackingNumberALostAnswerIsToldByTheLines()
    {
        channel->shop.fail(Fault::Lost, 1, "fulfillmentCreate");
        Value item = untracked({1, 0});
        push(item);
        item["previous"] = "unknown_outcome";

        const Value result = push(item);

        CPPUNIT_ASSERT_EQUAL(std::string("done"), result["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fulfilments().size());
    }

    void twoEqualShipmentsOfOneOrderAreTwo()
    {
        push(untracked({1, 0}));
        push(untracked({1, 0}));

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, fulfilments().size());
    }

    void theSameTrackingNumberIsTheSameShipment()
    {
        push(shipment({1, 0}));
        push(shipment({1, 0}));

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fulfilments().size());
    }

    void whatAPersonFulfilledWithoutTrackingGetsIt()
    {
        channel->shop.with([&](Shop& shop) {
            shop.fulfil(shop.order(orderId), {{lineIds[0], 2}, {lineIds[1], 1}});
        });

        const Value result = push(shipment({2, 1}));

        CPPUNIT_ASSERT_EQUAL(std::string("done"), result["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fulfilments().size());
        CPPUNIT_ASSERT_EQUAL(std::string("1Z1"), fulfilments()[0].number);
    }

    void moreThanIsOpenIsRefusedWithTheNumbers()
    {
        push(shipment({1, 0}));
        Value more = shipment({2, 0});
        more["tracking_number"] = "1Z2";

        const Value result = push(more);

        CPPUNIT_ASSERT_EQUAL(std::string("rejected"), result["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("line " + std::to_string(lineIds[0]) +
                                 ": 2 to ship, 1 open at the shop",
                             result["reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fulfilments().size());
    }

    void aCancelledOrAnUnknownOrderIsRefused()
    {
        Value unknown = shipment({1, 0});
        unknown["order_id"] = "12345";
        channel->shop.with([&](Shop& shop) { shop.cancel(shop.order(orderId), "customer"); });

        CPPUNIT_ASSERT_EQUAL(std::string("the shop has no order 12345"),
                             push(unknown)["reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("order " + std::to_string(orderId) + " is cancelled at the shop",
                             push(shipment({1, 0}))["reason"].get<std::string>());
    }

    void oneRefusedShipmentDoesNotStopTheNext()
    {
        Value unknown = shipment({1, 0});
        unknown["order_id"] = "12345";
        unknown["item"] = "0";

        const auto said = channel->push("shipment", {unknown, shipment({1, 0})});

        CPPUNIT_ASSERT_EQUAL(std::string("rejected"), said.result("0")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("1")["class"].get<std::string>());
    }

    void afterALostAnswerTheNextOnesAreNotSent()
    {
        channel->shop.fail(Fault::Lost, 1, "fulfillmentCreate");
        Value next = shipment({1, 0});
        next["item"] = "2";
        next["tracking_number"] = "1Z2";

        const auto said = channel->push("shipment", {shipment({1, 0}), next});

        CPPUNIT_ASSERT_EQUAL(std::string("unknown_outcome"),
                             said.result("1")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("retry"), said.result("2")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fulfilments().size());
    }

private:
    Value shipment(const std::vector<std::int64_t>& quantities) const
    {
        Value lines = Value::array();
        for (std::size_t i = 0; i < quantities.size(); ++i)
            if (quantities[i] > 0)
                lines.push_back(
                    {{"line_id", std::to_string(lineIds[i])}, {"quantity", quantities[i]}});
        return {{"item", "1"},
                {"key", "k"},
                {"order_id", std::to_string(orderId)},
                {"lines", lines},
                {"carrier", "UPS"},
                {"tracking_number", "1Z1"},
                {"tracking_url", "https://ups.example/1Z1"},
                {"shipped_at", "2026-11-20T12:00:00Z"}};
    }

    Value untracked(const std::vector<std::int64_t>& quantities) const
    {
        Value item = shipment(quantities);
        item["carrier"] = item["tracking_number"] = item["tracking_url"] = "";
        return item;
    }

    Value push(const Value& item) { return channel->push("shipment", {item}).result("1"); }

    std::vector<standin::Fulfilment> fulfilments()
    {
        return channel->shop.with([&](Shop& shop) { return shop.order(orderId).fulfilments; });
    }

    std::string state()
    {
        return channel->shop.with([&](Shop& shop) { return shop.order(orderId).fulfilment(); });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShopifyShipmentTest);
