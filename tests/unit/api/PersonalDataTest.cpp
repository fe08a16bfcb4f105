#include "api/PersonalData.h"

#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;

class PersonalDataTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PersonalDataTest);
    CPPUNIT_TEST(allThatIsKeptOfAPersonIsOneDocument);
    CPPUNIT_TEST(aMessageThatHoldsAnIdInALongerOneIsSomebodyElses);
    CPPUNIT_TEST(erasingLeavesNothingOfHimAndAllOfOthers);
    CPPUNIT_TEST(aLateMessageIsAppliedAndItsBodyNotKept);
    CPPUNIT_TEST(aMessageThatWaitsIsAppliedFirst);
    CPPUNIT_TEST(aFailedMessageSaysWhyItCannotBeReplayed);
    CPPUNIT_TEST(carriersMessagesGoByTheTrackingNumber);
    CPPUNIT_TEST(aChannelsWishIsKeptOnceAndCarriedOut);
    CPPUNIT_TEST(ordersThatAreNamedGoWithoutACustomer);
    CPPUNIT_TEST(aShopThatLeftTakesEverybodyWithIt);
    CPPUNIT_TEST(whatIsAskedForWaitsForStaff);
    CPPUNIT_TEST(interruptedItIsCarriedOutAgain);
    CPPUNIT_TEST(anAnswerKeptForARepeatLosesThePerson);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;
    std::optional<orders::Customers> customers;
    std::optional<api::PersonalData> data;

    static std::string order(const std::string& id, const std::string& person, int updated = 0)
    {
        const std::string document = orderDocument(id, {{id + "1", "LEG-S", 1}}, updated);
        return document.substr(0, document.size() - 1) + R"(, "customer": )" + person +
               R"(, "ship_to": {"address1": "1 Main Street", "country": "US"}})";
    }
    static std::string jon(const std::string& id, int updated = 0)
    {
        return order(id, R"({"id": "1153107", "email": "Jon@Example.com", "name": "Jon"})",
                     updated);
    }
    static std::string eve(const std::string& id)
    {
        return order(id, R"({"id": "2153107", "email": "eve@example.com", "name": "Eve"})");
    }

    /// A message of the shop whose body is a document, and its way through the hub.
    void tell(const std::string& body, const std::string& id, const std::string& topic = "fact")
    {
        store->keep({.tenant = mainTenant,
                     .channel = store->shop().id,
                     .messageId = id,
                     .topic = topic,
                     .body = body,
                     .receivedAt = store->clock.now()});
    }
    void apply() { CPPUNIT_ASSERT(store->intake.runOnce() > 0); }

    static spokes::Answer understood(const spokes::StoredMessage& message)
    {
        if (message.topic == "broken")
            return FakeSpoke::ended(Class::Rejected, "it is broken");
        const auto kind = message.topic == "privacy"  ? spokes::DocumentKind::Privacy
                          : message.topic == "parcel" ? spokes::DocumentKind::Parcel
                                                      : spokes::DocumentKind::Fact;
        return {{}, {{kind, std::string(message.body)}}};
    }

    orders::CustomerRow customer(const std::string& email)
    {
        std::vector<orders::CustomerRow> rows;
        store->database->point([&](store::Session& session) {
            rows = orders::Customers::list(session, store->acme, {.email = email}, {}).data;
        });
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows.size());
        return rows[0];
    }
    std::string erase(const orders::CustomerRow& whom)
    {
        const auto request = store->commands.run([&](store::Tx& tx) {
            return store->privacy.begin(tx, store->acme, whom.channel, whom.id, whom.person,
                                        "req_1");
        });
        return data->erase(request, "test");
    }
    bool bodyOf(const std::string& message)
    {
        return store->count("inbox_body b",
                            "EXISTS (SELECT 1 FROM inbox_message m WHERE m.id = b.id AND "
                            "m.message_id = '" +
                                message + "')") == 1;
    }

public:
    void setUp() override
    {
        store.emplace();
        store->stocked("LEG-S", 10);
        customers.emplace(store->ids, store->clock);
        data.emplace(api::PersonalData::Parts{*store->database, store->commands, *customers,
                                              store->privacy, store->orderCommands, store->inbox,
                                              store->clock});
        for (auto* channel : {&store->shop(), &store->market()})
            store->spoke(*channel).onTranslate = understood;
    }
    void tearDown() override
    {
        data.reset();
        customers.reset();
        store.reset();
    }

    void allThatIsKeptOfAPersonIsOneDocument()
    {
        tell(jon("1001001"), "m1");
        tell(eve("1001002"), "m2");
        tell(eventDocument("paid", "1001001", "p", 1), "m3");
        apply();

        const auto json = JsonDocument::parse(data->exported(
            api::PersonalData::aboutCustomer(store->acme, customer("jon@example.com"))));
        const Json root = json->root();
        CPPUNIT_ASSERT_EQUAL(std::string("shop"), std::string(root.textOr("channel")));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, root["customers"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, root["orders"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, root["messages"].size());
        CPPUNIT_ASSERT(root.dump().find("1 Main Street") != std::string::npos);
        CPPUNIT_ASSERT(root.dump().find("eve@") == std::string::npos);
    }

    void aMessageThatHoldsAnIdInALongerOneIsSomebodyElses()
    {
        tell(jon("1001001"), "m1");
        tell(order("2001001001", R"({"id": "11531070", "email": "notjon@example.com"})"), "m2");
        apply();

        erase(customer("jon@example.com"));

        CPPUNIT_ASSERT(!bodyOf("m1"));
        CPPUNIT_ASSERT(bodyOf("m2"));
    }

    void erasingLeavesNothingOfHimAndAllOfOthers()
    {
        tell(jon("1001001"), "m1");
        tell(jon("1001003"), "m2");
        tell(eve("1001002"), "m3");
        apply();

        const std::string found = erase(customer("jon@example.com"));

        CPPUNIT_ASSERT_EQUAL(std::string(R"({"customers":1,"orders":2,"messages":2})"), found);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("order_fact", "body LIKE '%Main Street%'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("customer", "erased_at IS NOT NULL AND email = ''"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_body"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("inbox_message", "state = 2"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("privacy_request",
                                          "closed_at IS NOT NULL AND person = '{}' AND kind = 2"));
        customer("eve@example.com");
    }

    void aLateMessageIsAppliedAndItsBodyNotKept()
    {
        tell(jon("1001001"), "m1");
        apply();
        erase(customer("jon@example.com"));

        tell(jon("1001001", 5), "m2");
        tell(eve("1001002"), "m3");
        apply();

        CPPUNIT_ASSERT(!bodyOf("m2"));
        CPPUNIT_ASSERT(bodyOf("m3"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("customer", "erased_at IS NULL"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("order_fact", "body LIKE '%Main Street%'"));
    }

    void aMessageThatWaitsIsAppliedFirst()
    {
        tell(jon("1001001"), "m1");
        apply();
        tell(jon("1001001", 5), "m2");
        tell(jon("1001007", 5), "m3");
        erase(customer("jon@example.com"));
        CPPUNIT_ASSERT(bodyOf("m2"));

        apply();

        CPPUNIT_ASSERT(!bodyOf("m2"));
        CPPUNIT_ASSERT(bodyOf("m3")); // a new order: he is here again
        customer("jon@example.com");
    }

    void aFailedMessageSaysWhyItCannotBeReplayed()
    {
        tell(jon("1001001"), "m1");
        tell(R"({"who": "jon@example.com"})", "m2", "broken");
        apply();
        erase(customer("jon@example.com"));

        CPPUNIT_ASSERT(!bodyOf("m2"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            store->count("inbox_message",
                         "state = 3 AND reason LIKE '%was erased with the data%'"));
    }

    void carriersMessagesGoByTheTrackingNumber()
    {
        tell(jon("1001001"), "m1");
        tell(eventDocument("fulfilment", "1001001", "f1", 1,
                           R"("tracking_number": "1Z999AA1", "lines": [])"),
             "m2");
        store->keep({.tenant = mainTenant,
                     .channel = store->market().id,
                     .messageId = "c1",
                     .topic = "parcel",
                     .body = R"({"tracking_number": "1z999AA1", "status": "failed", "updated_at": )"
                             R"("2026-11-20T12:00:00Z", "message": "Jon was out"})",
                     .receivedAt = store->clock.now()});
        apply();
        CPPUNIT_ASSERT(bodyOf("c1"));

        erase(customer("jon@example.com"));

        CPPUNIT_ASSERT(!bodyOf("c1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("parcel", "body LIKE '%Jon%'"));
    }

    void aChannelsWishIsKeptOnceAndCarriedOut()
    {
        tell(jon("1001001"), "m1");
        apply();
        tell(
            R"({"request": "erase", "customer": {"id": "1153107", "email": "jon@example.com"}, "orders": ["1001001"]})",
            "m2", "privacy");
        apply();
        const Id message = store->number("SELECT id FROM inbox_message WHERE message_id = 'm2'");
        store->commands.run([&](store::Tx& tx) { store->inbox.replay(tx, store->acme, message); });
        apply();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("privacy_request", "closed_at IS NULL"));

        CPPUNIT_ASSERT_EQUAL(1, data->runOnce());
        CPPUNIT_ASSERT_EQUAL(0, data->runOnce());

        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            store->count("privacy_request", "closed_by = 'channel:shop' AND person = '{}'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             store->count("inbox_body")); // the wish itself names him
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("customer", "erased_at IS NULL"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             store->count("order_fact", "body LIKE '%Main Street%'"));
    }

    void ordersThatAreNamedGoWithoutACustomer()
    {
        tell(order("1001001", "null"), "m1");
        tell(order("1001002", "null"), "m2");
        apply();
        tell(R"({"request": "erase", "orders": ["1001001", "1001009"]})", "m3", "privacy");
        apply();

        data->runOnce();
        tell(jon("1001009"), "m4"); // named before it came
        apply();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("order_fact", "body LIKE '%Main Street%'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("customer"));
    }

    void aShopThatLeftTakesEverybodyWithIt()
    {
        tell(jon("1001001"), "m1");
        tell(eve("1001002"), "m2");
        store->record(store->market(), {jon("9")});
        tell(R"({"request": "erase_channel"})", "m3", "privacy");
        apply();

        data->runOnce();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("customer", "erased_at IS NOT NULL"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("order_fact", "body LIKE '%Main Street%'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("inbox_body"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"customers":2,"orders":2,"messages":3})"),
                             store->database.text("SELECT found FROM privacy_request"));
        customer("jon@example.com"); // of the market
    }

    void whatIsAskedForWaitsForStaff()
    {
        tell(jon("1001001"), "m1");
        tell(
            R"({"request": "export", "id": "9999", "customer": {"id": "1153107"}, "orders": ["1001001"]})",
            "m2", "privacy");
        apply();

        CPPUNIT_ASSERT_EQUAL(0, data->runOnce());
        std::optional<orders::PrivacyRequest> asked;
        store->database->point([&](store::Session& session) {
            asked = orders::PrivacyRequests::list(session, store->acme, true, std::nullopt, {})
                        .data.at(0);
        });
        CPPUNIT_ASSERT(asked->dueAt == asked->receivedAt + std::chrono::days(30));
        CPPUNIT_ASSERT_EQUAL(std::string("9999"), asked->wish.externalId);
        const auto json = JsonDocument::parse(data->exported(*asked));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, json->root()["orders"].size());

        store->commands.run([&](store::Tx& tx) {
            store->privacy.close(tx, mainTenant, asked->id, "user:ann", "{}");
        });
        store->database->point([&](store::Session& session) {
            CPPUNIT_ASSERT(
                orders::PrivacyRequests::list(session, store->acme, true, std::nullopt, {})
                    .data.empty());
            const auto closed = orders::PrivacyRequests::get(session, store->acme, asked->id);
            CPPUNIT_ASSERT(closed->wish.person.key().empty() && closed->wish.orders.empty());
        });
    }

    /// As if the hub had ended after the orders were erased and before the rest.
    void interruptedItIsCarriedOutAgain()
    {
        tell(jon("1001001"), "m1");
        apply();
        const auto whom = customer("jon@example.com");
        store->commands.run([&](store::Tx& tx) {
            store->privacy.begin(tx, store->acme, whom.channel, whom.id, whom.person, "req_1");
            const orders::OrderAddress address{store->shop().id, "1001001"};
            store->orderCommands.erase(tx, mainTenant, {&address, 1}, {"prv_1", "test", {}});
        });

        CPPUNIT_ASSERT_EQUAL(1, data->runOnce());

        CPPUNIT_ASSERT(!bodyOf("m1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("customer", "erased_at IS NULL"));
    }

    void anAnswerKeptForARepeatLosesThePerson()
    {
        tell(jon("1001001"), "m1");
        apply();
        const std::string id = showId("ord", store->order("1001001"));
        store->database.run(
            "INSERT INTO answered_request (tenant_id, key, request, status, answer, created_at) "
            "VALUES (1, 'k', 'r', 201, '{\"id\":\"" +
            id + "\",\"customer\":{\"name\":\"Jon\"}}', 0)");

        erase(customer("jon@example.com"));

        CPPUNIT_ASSERT_EQUAL("{\"id\":\"" + id + "\"}",
                             store->database.text("SELECT answer FROM answered_request"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(PersonalDataTest);
