#include "orders/Customers.h"

#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace spokehub;
using namespace spokehub::test;

class CustomersTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CustomersTest);
    CPPUNIT_TEST(ordersOfOnePersonMakeOneCustomerOfEachChannel);
    CPPUNIT_TEST(theNewestSnapshotSaysWhoHeIsInWhateverOrderTheyCome);
    CPPUNIT_TEST(whatASnapshotLeavesOutStays);
    CPPUNIT_TEST(whoHasNoIdIsKnownByHisAddressOrNumber);
    CPPUNIT_TEST(anOrderThatNamesNobodyHasNoCustomer);
    CPPUNIT_TEST(whatNoIndexCanHoldIsLeftOut);
    CPPUNIT_TEST(theListIsFilteredAndPaged);
    CPPUNIT_TEST(anErasedOrderKeepsItsLinesAndSumsAndLosesItsPerson);
    CPPUNIT_TEST(whatIsHeardLaterDoesNotBringHimBack);
    CPPUNIT_TEST(aReplayedSnapshotDoesNotBringHimBack);
    CPPUNIT_TEST(anOrderErasedBeforeItCameComesWithoutItsPerson);
    CPPUNIT_TEST(aNewOrderOfSomebodyErasedMakesSomebodyNew);
    CPPUNIT_TEST(erasedAgainNothingChanges);
    CPPUNIT_TEST(whatACarrierTellsOfHisParcelsGoesToo);
    CPPUNIT_TEST(aCustomerOfAnotherTenantIsNotOurs);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;

    static constexpr const char* jon =
        R"({"id": "115310", "email": "Jon@Example.com", "name": "Jon Smith", "phone": "+15025550100"})";

    static std::string by(const std::string& person, const std::string& document)
    {
        return document.substr(0, document.size() - 1) + R"(, "customer": )" + person +
               R"(, "ship_to": {"name": "Jon Smith", "address1": "1 Main Street", "city": "Louisville", )"
               R"("country": "US"}, "note": "ring twice at Smith"})";
    }
    static std::string order(const std::string& id, int updated = 0, const char* person = jon)
    {
        return by(person, orderDocument(id, {{id + "1", "LEG-S", 1}}, updated));
    }
    std::vector<orders::CustomerRow> listed(const orders::CustomerQuery& query = {},
                                            const store::PageRequest& page = {})
    {
        std::vector<orders::CustomerRow> rows;
        store->database->point([&](store::Session& session) {
            rows = orders::Customers::list(session, store->acme, query, page).data;
        });
        return rows;
    }
    void erase(const std::string& id)
    {
        const orders::OrderAddress address{store->shop().id, id};
        store->commands.run([&](store::Tx& tx) {
            store->orderCommands.erase(tx, mainTenant, {&address, 1}, {"prv_1", "test", {}});
        });
    }
    /// All that the tables of orders and parcels hold, as one text.
    std::string kept()
    {
        std::string all;
        for (const char* sql :
             {"SELECT body FROM order_fact", "SELECT detail FROM sales_order",
              "SELECT body FROM parcel", "SELECT tracking_url FROM shipment",
              "SELECT email || name || phone || external_id || customer_key FROM customer"})
            store->database->point([&](store::Session& session) {
                session.queryText(sql, {}, [&](const store::Row& row) { all += row.string(0); });
            });
        return all;
    }
    void assertNoneOf(std::initializer_list<const char*> words)
    {
        const std::string all = kept();
        for (const char* word : words)
            CPPUNIT_ASSERT_MESSAGE(std::string(word) + " stands in " + all,
                                   all.find(word) == std::string::npos);
    }
    void assertNobody()
    {
        assertNoneOf({"Smith", "example.com", "Main Street", "Louisville", "+1502", "ring twice"});
    }
    void deleteCustomers()
    {
        std::vector<Id> ids;
        for (const auto& customer : listed())
            ids.push_back(customer.id);
        store->commands.run([&](store::Tx& tx) {
            orders::Customers(store->ids, store->clock).erase(tx, mainTenant, ids);
        });
    }

public:
    void setUp() override
    {
        store.emplace();
        store->stocked("LEG-S", 10);
    }
    void tearDown() override { store.reset(); }

    void ordersOfOnePersonMakeOneCustomerOfEachChannel()
    {
        store->record({order("1"), order("2")});
        store->record({order("3")});
        store->record(store->market(), {order("4")});

        const auto customers = listed();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, customers.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, customers[0].orders);
        CPPUNIT_ASSERT_EQUAL(store->market().id, customers[0].channel);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, customers[1].orders);
        CPPUNIT_ASSERT_EQUAL(std::string("115310"), customers[1].person.externalId);
        CPPUNIT_ASSERT_EQUAL(std::string("jon@example.com"), customers[1].person.email);
        CPPUNIT_ASSERT_EQUAL(std::string("Jon Smith"), customers[1].person.name);
        CPPUNIT_ASSERT_EQUAL(std::string("+15025550100"), customers[1].person.phone);
    }

    void theNewestSnapshotSaysWhoHeIsInWhateverOrderTheyCome()
    {
        const std::vector<std::string> told = {
            order("1", 1, R"({"id": "7", "email": "first@example.com"})"),
            order("2", 2, R"({"id": "7", "email": "second@example.com"})"),
            order("3", 3, R"({"id": "7", "email": "first@example.com"})")};
        for (std::vector<int> way :
             {std::vector{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 1, 0}}) {
            tearDown();
            setUp();
            for (const int i : way)
                store->record({told[static_cast<std::size_t>(i)]});

            const auto customers = listed();
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, customers.size());
            CPPUNIT_ASSERT_EQUAL(std::string("first@example.com"), customers[0].person.email);
        }
    }

    void whatASnapshotLeavesOutStays()
    {
        store->record({order("1", 1)});
        const Time before = listed()[0].updatedAt;
        store->clock.advance(std::chrono::seconds(5));
        store->record({order("2", 2, R"({"id": "115310", "email": null})")});

        CPPUNIT_ASSERT_EQUAL(std::string("jon@example.com"), listed()[0].person.email);
        CPPUNIT_ASSERT(before == listed()[0].updatedAt);
        store->record({order("3", 3, R"({"id": "115310", "phone": "1"})")});
        CPPUNIT_ASSERT(before < listed()[0].updatedAt);
    }

    void whoHasNoIdIsKnownByHisAddressOrNumber()
    {
        store->record({order("1", 0, R"({"email": "Guest@example.com"})")});
        store->record({order("2", 1, R"({"email": "guest@EXAMPLE.com", "name": "Guest"})")});
        store->record({order("3", 0, R"({"phone": "123"})")});
        store->record({order("4", 0, R"({"phone": "123"})")});

        const auto customers = listed();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, customers.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, customers[0].orders);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, customers[1].orders);
        CPPUNIT_ASSERT_EQUAL(std::string("Guest"), customers[1].person.name);
    }

    void anOrderThatNamesNobodyHasNoCustomer()
    {
        store->record({order("1", 0, "null"), order("2", 0, R"({"name": "Jon Smith"})"),
                       orderDocument("3", {{"31", "LEG-S", 1}})});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("sales_order", "customer_id IS NULL"));
        CPPUNIT_ASSERT(listed().empty());
    }

    void whatNoIndexCanHoldIsLeftOut()
    {
        const std::string longOne(300, 'x');
        store->record(
            {order("1", 0, (R"({"id": ")" + longOne + R"(", "email": "a\u0000b"})").c_str()),
             order("2", 0, R"({"id": 7, "email": "b@example.com"})")});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listed().size());
    }

    void theListIsFilteredAndPaged()
    {
        store->record({order("1"), order("2", 0, R"({"id": "8", "email": "eve@example.com"})")});
        store->clock.advance(std::chrono::seconds(5));
        store->record(store->market(), {order("3")});

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, listed({.channel = store->shop().id}).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, listed({.email = "jon@example.com"}).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listed({.externalId = "8"}).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listed({.updatedSince = store->clock.now()}).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, listed({.erased = false}).size());
        CPPUNIT_ASSERT(listed({.erased = true}).empty());
        std::vector<Id> seen;
        store->database->point([&](store::Session& session) {
            store::PageRequest page{.cursor = {}, .limit = 1};
            do {
                const auto rows = orders::Customers::list(session, store->acme, {}, page);
                seen.push_back(rows.data.at(0).id);
                page.cursor = rows.nextCursor;
            } while (!page.cursor.empty());
        });
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, seen.size());
        CPPUNIT_ASSERT(std::ranges::is_sorted(seen, std::greater{}));
    }

    void anErasedOrderKeepsItsLinesAndSumsAndLosesItsPerson()
    {
        store->record(
            {order("1"),
             eventDocument("fulfilment", "1", "f1", 1,
                           R"("tracking_number": "A1", "tracking_url": "https://t/Smith", )"
                           R"("lines": [{"line_id": "11", "quantity": 1}])"),
             eventDocument("cancel", "1", "c1", 2, R"("reason": "Smith called")")});
        const auto movements = store->count("stock_movement");
        const std::string status = store->status("1");

        erase("1");
        deleteCustomers();

        assertNobody();
        CPPUNIT_ASSERT_EQUAL(status, store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->line("1", "11", "shipped"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1000},
            store->number("SELECT total FROM sales_order WHERE external_id = '1'"));
        CPPUNIT_ASSERT_EQUAL(movements, store->count("stock_movement"));
        CPPUNIT_ASSERT(kept().find(R"("country":"US")") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("sales_order", "customer_id IS NOT NULL"));
        store->checkSums();
    }

    void whatIsHeardLaterDoesNotBringHimBack()
    {
        store->record({order("1")});
        erase("1");
        deleteCustomers();

        store->record(
            {order("1", 5), eventDocument("hold", "1", "h1", 6, R"("reason": "Smith?")")});

        assertNobody();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listed().size());
        CPPUNIT_ASSERT_EQUAL(std::string("held by hand"),
                             store->database.text("SELECT review FROM sales_order"));
    }

    void aReplayedSnapshotDoesNotBringHimBack()
    {
        store->record({order("1", 3)});
        erase("1");
        deleteCustomers();

        store->record({order("1", 3), order("1", 1)});

        assertNobody();
    }

    void anOrderErasedBeforeItCameComesWithoutItsPerson()
    {
        erase("1");
        store->record({order("1")});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        assertNobody();
        CPPUNIT_ASSERT(listed().empty());
    }

    void aNewOrderOfSomebodyErasedMakesSomebodyNew()
    {
        store->record({order("1")});
        const Id before = listed()[0].id;
        erase("1");
        deleteCustomers();

        store->record({order("2")});

        const auto customers = listed({.erased = false});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, customers.size());
        CPPUNIT_ASSERT(before != customers[0].id);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, customers[0].orders);
        CPPUNIT_ASSERT_EQUAL(std::string("jon@example.com"), customers[0].person.email);
    }

    void erasedAgainNothingChanges()
    {
        store->record({order("1")});
        erase("1");
        const Time before{store->number("SELECT updated_at FROM sales_order")};
        store->clock.advance(std::chrono::seconds(5));

        erase("1");

        CPPUNIT_ASSERT(before == Time{store->number("SELECT updated_at FROM sales_order")});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("order_fact", "fact_key = 'erased'"));
    }

    void whatACarrierTellsOfHisParcelsGoesToo()
    {
        const auto tell = [&](int minutes) {
            sync::Meaning meaning;
            meaning.add(
                spokes::DocumentKind::Parcel,
                R"({"tracking_number": "A1", "status": "delivered", "location": "Louisville", )"
                R"("message": "left with Smith", "updated_at": ")" +
                    toIso(TestClock::start + std::chrono::minutes(minutes)) + "\"}");
            std::vector<std::size_t> erased;
            store->commands.run([&](store::Tx& tx) {
                const sync::Applier::Item item{
                    mainTenant, store->market().id, &meaning, {"t", "t", {}}};
                erased = store->applier.apply(tx, {&item, 1});
            });
            return erased.size();
        };
        store->record(
            {order("1"), eventDocument("fulfilment", "1", "f1", 1,
                                       R"("tracking_number": "A1", "lines": [{"line_id": )"
                                       R"("11", "quantity": 1}])")});
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, tell(2));
        CPPUNIT_ASSERT(kept().find("left with Smith") != std::string::npos);

        erase("1");
        deleteCustomers();
        assertNobody();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, tell(3));
        assertNobody();
        CPPUNIT_ASSERT_EQUAL(std::string("delivered"), store->status("1"));
    }

    void aCustomerOfAnotherTenantIsNotOurs()
    {
        store->record({order("1")});
        const Id customer = listed()[0].id;
        const Scope other{mainTenant + 1, "test"};
        store->database->point([&](store::Session& session) {
            CPPUNIT_ASSERT(!orders::Customers::get(session, other, customer));
            CPPUNIT_ASSERT(orders::Customers::list(session, other, {}, {}).data.empty());
        });
        store->commands.run([&](store::Tx& tx) {
            orders::Customers(store->ids, store->clock).erase(tx, other.tenant, {&customer, 1});
        });
        CPPUNIT_ASSERT(!listed()[0].erasedAt);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CustomersTest);
