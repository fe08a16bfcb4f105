#include "orders/Fact.h"
#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace spokehub;
using namespace spokehub::orders;

namespace
{

const std::string order =
    R"({"type": "order", "order_id": "1", "updated_at": "2026-11-20T15:15:30Z", "number": "#1",
 "placed_at": "2026-11-20T15:15:00Z", "currency": "USD", "status": {"paid": false, "payment": "pending"},
 "totals": {"total": 13000}, "lines": [{"line_id": "11", "variant_id": "808", "sku": "LEG-S", "title": "Leggings",
 "quantity": 2, "open": 2, "unit_price": 6500}, {"line_id": "12", "quantity": 1}]})";

const std::string refund =
    R"({"type": "refund", "id": "r1", "order_id": "1", "updated_at": "2026-11-20T15:15:30Z",
 "amount": 500, "currency": "USD", "lines": [{"line_id": "11", "quantity": 1, "disposition": "return"}]})";

std::string with(std::string document, const std::string& from, const std::string& to)
{
    const auto at = document.find(from);
    CPPUNIT_ASSERT_MESSAGE(from, at != std::string::npos);
    return document.replace(at, from.size(), to);
}

std::string refusalOf(const std::string& document)
{
    try {
        readFacts(document);
    } catch (const Error& error) {
        CPPUNIT_ASSERT(error.refusal() == Refusal::Unprocessable);
        return error.what();
    }
    return "it was taken";
}

std::vector<std::string> keysOf(const std::string& document)
{
    std::vector<std::string> keys;
    for (const Fact& fact : readFacts(document).facts)
        keys.push_back(fact.key);
    return keys;
}

} // namespace

class FactTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FactTest);
    CPPUNIT_TEST(aSnapshotThatSaysPaidOrCancelledIsThatFactToo);
    CPPUNIT_TEST(anEventsKeyIsItsTypeAndId);
    CPPUNIT_TEST(whatHappensOnceStandsWithItsEarliestTime);
    CPPUNIT_TEST(theNewerFactStandsThenTheLaterReadThenTheHash);
    CPPUNIT_TEST(eachBadMemberIsNamed);
    CPPUNIT_TEST(nullIsLikeLeftOutWhereAMemberMayBe);
    CPPUNIT_TEST_SUITE_END();

public:
    void aSnapshotThatSaysPaidOrCancelledIsThatFactToo()
    {
        CPPUNIT_ASSERT((keysOf(order) == std::vector<std::string>{"order"}));
        CPPUNIT_ASSERT(
            (keysOf(with(order, R"("paid": false)", R"("paid": true, "cancelled": true)")) ==
             std::vector<std::string>{"order", "paid", "cancel"}));
    }

    void anEventsKeyIsItsTypeAndId()
    {
        CPPUNIT_ASSERT((keysOf(refund) == std::vector<std::string>{"refund:r1"}));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), readFacts(refund).externalId);
        CPPUNIT_ASSERT((keysOf(R"({"type": "paid", "id": "t1", "order_id": "1",
            "updated_at": "2026-11-20T15:15:30Z"})") == std::vector<std::string>{"paid"}));
    }

    void whatHappensOnceStandsWithItsEarliestTime()
    {
        const auto paidAt = [](const std::string& time) {
            return readFacts(R"({"type": "paid", "order_id": "1", "updated_at": ")" + time +
                             R"("})")
                .facts.front();
        };
        const Fact early = paidAt("2026-11-20T15:15:30Z");
        const Fact late = paidAt("2026-11-20T15:15:31Z");

        CPPUNIT_ASSERT(early.newerThan(late));
        CPPUNIT_ASSERT(!late.newerThan(early));
        CPPUNIT_ASSERT(!early.newerThan(paidAt("2026-11-20T15:15:30Z")));
    }

    void theNewerFactStandsThenTheLaterReadThenTheHash()
    {
        const auto fact = [](const std::string& document) {
            return readFacts(document).facts.front();
        };
        const std::string read = R"("read_at": "2026-11-20T16:00:00Z", "number")";
        const Fact older = fact(order);
        const Fact newer = fact(with(order, "15:15:30Z", "15:15:31Z"));
        const Fact reread = fact(with(order, "\"number\"", read));
        const Fact other = fact(with(order, "#1", "#2"));

        CPPUNIT_ASSERT(newer.newerThan(older) && newer.newerThan(reread));
        CPPUNIT_ASSERT(reread.newerThan(older) && reread.newerThan(other));
        CPPUNIT_ASSERT(other.newerThan(older) != older.newerThan(other));
    }

    void eachBadMemberIsNamed()
    {
        struct Case
        {
            std::string document, reason;
        };
        const std::string tooLong(256, 'x');
        const Case cases[] = {
            {with(order, R"("order_id": "1")", R"("order_id": "")"), "order_id is missing"},
            {with(order, R"("order_id": "1")", R"("order_id": 9007199254740993)"),
             "order_id is not text"},
            {with(order, R"("order_id": "1")", R"("order_id": "1\u0000")"),
             "order_id holds a NUL character"},
            {with(order, R"("order_id": "1")", R"("order_id": ")" + tooLong + "\""),
             "order_id is longer than 255 bytes"},
            {with(order, R"("type": "order")", R"("type": "ordre")"), "type is unknown: ordre"},
            {with(order, R"("type": "order", )", ""), "type is missing"},
            {with(order, "2026-11-20T15:15:30Z", "yesterday"),
             "updated_at is not a time: yesterday"},
            {with(order, R"("placed_at": "2026-11-20T15:15:00Z", )", ""), "placed_at is missing"},
            {with(order, R"("currency": "USD")", R"("currency": 840)"), "currency is not text"},
            {with(order, R"("number": "#1")", R"("number": "#\u0000")"),
             "number holds a NUL character"},
            {with(order, "13000", "130.5"), "totals.total is not money in minor units: 130.5"},
            {with(order, "13000", R"("13000")"),
             R"(totals.total is not money in minor units: "13000")"},
            {with(order, R"("payment": "pending")", R"("payment": 1)"),
             "status.payment is not text"},
            {with(order, R"("line_id": "12")", R"("line_id": "11")"),
             "lines[1].line_id stands twice: 11"},
            {with(order, R"("line_id": "12")", R"("line_id": 12)"), "lines[1].line_id is not text"},
            {with(order, R"("line_id": "12", )", ""), "lines[1].line_id is missing"},
            {with(order, R"("quantity": 1)", R"("quantity": -1)"),
             "lines[1].quantity is not a quantity: -1"},
            {with(order, R"("quantity": 1)", R"("quantity": 1.0)"),
             "lines[1].quantity is not a quantity: 1.0"},
            {with(order, R"("quantity": 1)", R"("quantity": 1000000001)"),
             "lines[1].quantity is not a quantity: 1000000001"},
            {with(order, R"(, "quantity": 1})", "}"), "lines[1].quantity is missing"},
            {with(order, R"("open": 2)", R"("open": "2")"),
             R"(lines[0].open is not a quantity: "2")"},
            {with(order, "6500", "65.5"), "lines[0].unit_price is not money in minor units: 65.5"},
            {with(order, "LEG-S", "LEG\\u0000S"), "lines[0].sku holds a NUL character"},
            {with(order, "LEG-S", tooLong), "lines[0].sku is longer than 255 bytes"},
            {with(order, "Leggings", "\\u0000"), "lines[0].title holds a NUL character"},
            {with(order, "\"lines\": [", "\"lines\": {}, \"rest\": ["),
             "lines is missing or not a list"},
            {with(refund, R"("id": "r1")", R"("id": null)"), "id is missing"},
            {with(refund, "500", "5.00"), "amount is not money in minor units: 5.0"},
            {with(refund, "\"return\"", "\"keep\""),
             "lines[0].disposition is none of cancel, return, none: keep"},
            {with(refund, "\"quantity\": 1", "\"quantity\": null"), "lines[0].quantity is missing"},
        };

        for (const Case& each : cases)
            CPPUNIT_ASSERT_EQUAL("fact: " + each.reason, refusalOf(each.document));
        CPPUNIT_ASSERT(refusalOf("{\"type\":").starts_with("a fact is not JSON: "));
        CPPUNIT_ASSERT(refusalOf("{\"type\": \"\xff\"}").starts_with("a fact is not JSON: "));
        CPPUNIT_ASSERT_EQUAL(std::string("fact: type is missing"), refusalOf("[]"));
    }

    void nullIsLikeLeftOutWhereAMemberMayBe()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("it was taken"), refusalOf(order));
        for (const char* member : {R"("sku": null)", R"("variant_id": null)", R"("title": null)",
                                   R"("unit_price": null)", R"("open": null)"})
            CPPUNIT_ASSERT_EQUAL(std::string("it was taken"),
                                 refusalOf(with(order, R"("line_id": "12")",
                                                R"("line_id": "12", )" + std::string(member))));
        CPPUNIT_ASSERT_EQUAL(std::string("it was taken"), refusalOf(with(order, "13000", "null")));
        CPPUNIT_ASSERT_EQUAL(std::string("it was taken"),
                             refusalOf(with(order, "\"number\"", "\"read_at\": null, \"number\"")));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FactTest);
