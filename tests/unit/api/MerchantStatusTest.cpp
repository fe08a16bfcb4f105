#include "api/MerchantStatus.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <tuple>
#include <vector>

using namespace spokehub;
using namespace spokehub::api;
using orders::OrderStatus;

class MerchantStatusTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MerchantStatusTest);
    CPPUNIT_TEST(eachStatusIsSeenAsTheTableSays);
    CPPUNIT_TEST(theFilterFindsWhatTheViewShows);
    CPPUNIT_TEST(namesAreReadBack);
    CPPUNIT_TEST_SUITE_END();

    inline static const std::vector<std::string> payments = {
        "pending",  "authorized", "partially_paid", "paid", "partially_refunded",
        "refunded", "voided"};

    static bool asksFor(MerchantStatus wanted, OrderStatus status, const std::string& payment)
    {
        const auto query = ordersOf(wanted);
        return std::ranges::find(query.statuses, status) != query.statuses.end() &&
               (!query.paid || *query.paid == orders::isPaid(payment));
    }

public:
    void eachStatusIsSeenAsTheTableSays()
    {
        const std::vector<std::tuple<OrderStatus, std::string, std::string_view>> table = {
            {OrderStatus::Pending, "pending", "IMPORTED"},
            {OrderStatus::Pending, "partially_paid", "IMPORTED"},
            {OrderStatus::Pending, "voided", "IMPORTED"},
            {OrderStatus::Confirmed, "authorized", "IMPORTED"},
            {OrderStatus::Confirmed, "paid", "PAID"},
            {OrderStatus::Confirmed, "partially_refunded", "PAID"},
            {OrderStatus::Confirmed, "refunded", "PAID"},
            {OrderStatus::Packed, "pending", "PICKED"},
            {OrderStatus::PartlyShipped, "paid", "SHIPPED"},
            {OrderStatus::Shipped, "paid", "SHIPPED"},
            {OrderStatus::PartlyDelivered, "paid", "SHIPPED"},
            {OrderStatus::Delivered, "paid", "DELIVERED"},
            {OrderStatus::Completed, "paid", "DELIVERED"},
            {OrderStatus::Returned, "refunded", "RETURNED"},
            {OrderStatus::Cancelled, "paid", "CANCELLED"},
        };
        for (const auto& [status, payment, seen] : table)
            CPPUNIT_ASSERT_EQUAL(seen, name(merchantStatusOf(status, payment)));
    }

    void theFilterFindsWhatTheViewShows()
    {
        for (int status = 0; status <= static_cast<int>(OrderStatus::Returned); ++status)
            for (const std::string& payment : payments)
                for (int wanted = 0; wanted <= static_cast<int>(MerchantStatus::Cancelled);
                     ++wanted) {
                    const auto ours = static_cast<OrderStatus>(status);
                    const auto theirs = static_cast<MerchantStatus>(wanted);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(orders::name(ours)) + " " + payment,
                                                 merchantStatusOf(ours, payment) == theirs,
                                                 asksFor(theirs, ours, payment));
                }
    }

    void namesAreReadBack()
    {
        CPPUNIT_ASSERT(merchantStatusFromName("PICKED") == MerchantStatus::Picked);
        CPPUNIT_ASSERT(!merchantStatusFromName("picked"));
        CPPUNIT_ASSERT(!merchantStatusFromName(""));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MerchantStatusTest);
