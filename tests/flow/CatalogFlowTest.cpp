// The catalogue over /api/v1, and what all its routes have in common: keys that make things once,
// tags, CSV, bulk.
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class CatalogFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CatalogFlowTest);
    CPPUNIT_TEST(aFamilyIsChangedAndRemovedWhenNothingHangsOnIt);
    CPPUNIT_TEST(anIdentityComesWithItsVariants);
    CPPUNIT_TEST(aChangeOfWhatIsAnotherThingByNowIsRefused);
    CPPUNIT_TEST(whatTheCallerHasIsNotSentAgain);
    CPPUNIT_TEST(underOneKeyAThingIsMadeOnce);
    CPPUNIT_TEST(manyVariantsAreMadeEachByItself);
    CPPUNIT_TEST(aDryRunTellsAllAndLeavesNothing);
    CPPUNIT_TEST(aListComesAsCsvPageByPage);
    CPPUNIT_TEST(codesHaveNames);
    CPPUNIT_TEST(aCodeIsResolvedToWhateverHasIt);
    CPPUNIT_TEST(aBundleHasComponentsWithRoles);
    CPPUNIT_TEST(aListingIsChangedAndSuggestedFor);
    CPPUNIT_TEST(whatAChannelMustHearIsListedByVariant);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

public:
    void setUp() override { hub.emplace(cornerShop("\"LEG-S=4\", \"odd-1=2\"")); }

    void tearDown() override { hub.reset(); }

    Reply made(const std::string& target, const std::string& body)
    {
        const auto reply = hub->send("POST", target, body);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 201, reply.status);
        return reply;
    }

    std::size_t rows(const Reply& reply) { return jsonOf(reply).root()["data"].size(); }

    std::string variant(const std::string& sku, const std::string& more = "")
    {
        return memberOf(made("/variants", "{\"sku\": \"" + sku + "\"" + more + "}"), "id");
    }

    void listings()
    {
        hub->postJson("/api/v1/channels/corner/sync");
        eventually("the listings are there",
                   [this] { return hub->database().count("listing") == 2; });
        hub->settle();
    }

    void aFamilyIsChangedAndRemovedWhenNothingHangsOnIt()
    {
        made("/families", R"({"code": "00845", "title": "Beds"})");

        const auto changed = hub->send("PATCH", "/families/00845", R"({"title": "Bed frames"})");
        CPPUNIT_ASSERT_EQUAL(std::string("Bed frames"), memberOf(changed, "title"));
        made("/identities", R"({"family": "00845", "type": "part"})");
        CPPUNIT_ASSERT_EQUAL(409, hub->send("DELETE", "/families/00845").status);

        made("/families", R"({"code": "00846", "title": "Mistake"})");
        CPPUNIT_ASSERT_EQUAL(204, hub->send("DELETE", "/families/00846").status);
        CPPUNIT_ASSERT_EQUAL(404, hub->send("GET", "/families/00846").status);
        CPPUNIT_ASSERT_EQUAL(
            std::size_t{1},
            jsonOf(hub->send("GET", "/families/00845")).root()["identities"].size());
    }

    void anIdentityComesWithItsVariants()
    {
        made("/families", R"({"code": "00845", "title": "Beds"})");
        const auto identity =
            memberOf(made("/identities", R"({"family": "00845", "type": "product"})"), "id");
        made("/variants", R"({"color": "WY", "condition": "N", "brand": "Acme", "identity_id": ")" +
                              identity + "\"}");

        const auto found = jsonOf(hub->send("GET", "/identities/upis/00845"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, found.root()["variants"].size());
        CPPUNIT_ASSERT_EQUAL(identity, memberOf(hub->send("GET", "/identities/" + identity), "id"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows(hub->send("GET", "/identities")));
        CPPUNIT_ASSERT_EQUAL(405, hub->send("PATCH", "/identities/00845", "{}").status);
    }

    void aChangeOfWhatIsAnotherThingByNowIsRefused()
    {
        const std::string target = "/variants/" + variant("PLAIN"); // on no channel
        const std::string tag = hub->send("GET", target).header("ETag");
        CPPUNIT_ASSERT(!tag.empty());

        const auto first =
            hub->send("PATCH", target, R"({"price_cents": 6500})", {{"If-Match", tag}});
        const auto second =
            hub->send("PATCH", target, R"({"price_cents": 1})", {{"If-Match", tag}});

        CPPUNIT_ASSERT_EQUAL_MESSAGE(first.body, 200, first.status);
        CPPUNIT_ASSERT_EQUAL(412, second.status);
        CPPUNIT_ASSERT_EQUAL(std::string("precondition_failed"), memberOf(second, "code"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6500},
                             jsonOf(hub->send("GET", target)).root().integerOr("price_cents"));
        CPPUNIT_ASSERT_EQUAL(
            200, hub->send("PATCH", target, R"({"brand": "Acme"})", {{"If-Match", "*"}}).status);
    }

    void whatTheCallerHasIsNotSentAgain()
    {
        const std::string target = "/variants/" + variant("PLAIN"); // on no channel
        const std::string tag = hub->send("GET", target).header("ETag");

        const auto same = hub->send("GET", target, "", {{"If-None-Match", tag}});
        CPPUNIT_ASSERT_EQUAL(304, same.status);
        CPPUNIT_ASSERT_EQUAL(std::string(), same.body);
        hub->send("PATCH", target, R"({"title": "Leggings"})");
        CPPUNIT_ASSERT_EQUAL(200, hub->send("GET", target, "", {{"If-None-Match", tag}}).status);
    }

    void underOneKeyAThingIsMadeOnce()
    {
        const HttpClient::Headers key{{"Idempotency-Key", "k1"}};
        const auto first = hub->send("POST", "/variants", R"({"sku": "A"})", key);
        const auto again = hub->send("POST", "/variants", R"({"sku": "A"})", key);
        const auto other = hub->send("POST", "/variants", R"({"sku": "B"})", key);

        CPPUNIT_ASSERT_EQUAL(201, again.status);
        CPPUNIT_ASSERT_EQUAL(first.body, again.body);
        CPPUNIT_ASSERT_EQUAL(std::string("true"), again.header("Idempotency-Replayed"));
        CPPUNIT_ASSERT_EQUAL(422, other.status);
        CPPUNIT_ASSERT_EQUAL(409, hub->send("POST", "/variants", R"({"sku": "A"})").status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, std::int64_t{hub->database().count("variant")});
    }

    static constexpr const char* three =
        R"({"rows": [{"sku": "A", "on_hand": 2}, {"sku": "A"}, {"sku": "B", "wheels": 4}]})";

    void manyVariantsAreMadeEachByItself()
    {
        const auto answer = jsonOf(hub->send("POST", "/variants/bulk", three));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, answer.root().integerOr("done"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, answer.root().integerOr("refused"));
        std::string statuses;
        answer.root()["data"].each([&](Json row) {
            statuses += std::to_string(row.integerOr("status")) + " ";
            return true;
        });
        CPPUNIT_ASSERT_EQUAL(std::string("201 409 400 "), statuses);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, hub->available("A"));
        CPPUNIT_ASSERT_EQUAL(400, hub->send("POST", "/variants/bulk", R"({"rows": []})").status);
    }

    void aDryRunTellsAllAndLeavesNothing()
    {
        const auto answer = jsonOf(hub->send("POST", "/variants/bulk?dry_run=true", three));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, answer.root().integerOr("done"));
        CPPUNIT_ASSERT_EQUAL(true, answer.root().boolOr("dry_run"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, std::int64_t{hub->database().count("variant")});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             std::int64_t{hub->database().count("stock_movement")});
    }

    void aListComesAsCsvPageByPage()
    {
        variant("A", R"(, "title": "one, two")");
        variant("B");

        const auto page = hub->send("GET", "/variants?limit=1", "", {{"Accept", "text/csv"}});

        CPPUNIT_ASSERT_EQUAL(200, page.status);
        CPPUNIT_ASSERT(page.header("Content-Type").starts_with("text/csv"));
        CPPUNIT_ASSERT(page.body.starts_with("id,sku,identity_id,title,"));
        CPPUNIT_ASSERT(page.body.find(",A,,\"one, two\",") != std::string::npos);
        const auto next =
            hub->send("GET", "/variants?limit=1&cursor=" + page.header("X-Next-Cursor"), "",
                      {{"Accept", "text/csv"}});
        CPPUNIT_ASSERT(next.body.find(",B,") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string(), next.header("X-Next-Cursor"));
    }

    void codesHaveNames()
    {
        made("/colors", R"({"code": "WY", "title": "white"})");
        made("/brands", R"({"code": "acme", "title": "Acme"})");

        CPPUNIT_ASSERT_EQUAL(
            std::string("white-grey"),
            memberOf(hub->send("PATCH", "/colors/WY", R"({"title": "white-grey"})"), "title"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("ACME"),
            memberOf(hub->send("PATCH", "/brands/acme", R"({"title": "ACME"})"), "title"));
        CPPUNIT_ASSERT_EQUAL(
            409, hub->send("POST", "/colors", R"({"code": "WY", "title": "x"})").status);
        CPPUNIT_ASSERT_EQUAL(
            400, hub->send("POST", "/colors", R"({"code": "red", "title": "x"})").status);
        CPPUNIT_ASSERT_EQUAL(404, hub->send("PATCH", "/colors/XX", R"({"title": "x"})").status);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows(hub->send("GET", "/colors")));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows(hub->send("GET", "/brands")));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, rows(hub->send("GET", "/conditions")));
    }

    void aCodeIsResolvedToWhateverHasIt()
    {
        variant("LEG-S", R"(, "barcode": "4006")");
        made("/families", R"({"code": "00845", "title": "Beds"})");
        made("/identities", R"({"family": "00845", "type": "product"})");
        made("/inventory", R"({"sku": "LEG-S", "serial": "SN-1"})");
        listings();
        const auto by = [this](const std::string& code) {
            std::string found;
            const auto answer = jsonOf(hub->send("GET", "/resolve?code=" + code));
            answer.root()["data"].each([&](Json row) {
                found += std::string(row.textOr("matched_by")) + " ";
                return true;
            });
            return found;
        };

        CPPUNIT_ASSERT(by("LEG-S").starts_with("sku "));
        CPPUNIT_ASSERT_EQUAL(std::string("barcode "), by("4006"));
        CPPUNIT_ASSERT_EQUAL(std::string("upis_h "), by("00845"));
        CPPUNIT_ASSERT_EQUAL(std::string("serial "), by("SN-1"));
        CPPUNIT_ASSERT_EQUAL(std::string(), by("nothing"));
        std::string external;
        jsonOf(hub->send("GET", "/listings")).root()["data"].each([&](Json row) {
            external = row.textOr("external_id");
            return false;
        });
        CPPUNIT_ASSERT(by(external).find("external_id ") != std::string::npos);
    }

    void aBundleHasComponentsWithRoles()
    {
        const std::string set = variant("SET");
        const std::string frame = variant("FRAME", R"(, "on_hand": 4)");
        const std::string lamp = variant("LAMP", R"(, "on_hand": 3)");
        made("/bundles", R"({"bundle_sku": "SET", "component_sku": "FRAME", "quantity": 2})");
        made("/bundles", R"({"bundle_sku": "SET", "component_sku": "LAMP", "role": "accessory"})");

        const auto parts = hub->send("GET", "/bundles/parent/" + set + "/components");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows(parts));
        CPPUNIT_ASSERT(parts.body.find(R"("role":"accessory")") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1},
                             rows(hub->send("GET", "/bundles/child/" + lamp + "/bundles")));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows(hub->send("GET", "/bundles")));
        const auto available = jsonOf(hub->send("GET", "/bundles/parent/" + set + "/availability"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, available.root().integerOr("available"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, available.root()["components"].size());

        const auto cycle =
            hub->send("POST", "/bundles", R"({"bundle_sku": "FRAME", "component_sku": "SET"})");
        CPPUNIT_ASSERT_EQUAL(422, cycle.status);
        CPPUNIT_ASSERT_EQUAL(
            204, hub->send("DELETE", "/bundles/parent/" + set + "/components/" + frame).status);
        CPPUNIT_ASSERT_EQUAL(
            404, hub->send("DELETE", "/bundles/parent/" + set + "/components/" + frame).status);
        CPPUNIT_ASSERT(hub->send("GET", "/bundles").body.find(R"("role":"accessory")") !=
                       std::string::npos);
    }

    void aListingIsChangedAndSuggestedFor()
    {
        variant("LEG-S");
        const std::string odd = variant("ODD-1");
        listings();

        const auto unmatched = jsonOf(hub->send("GET", "/listings/unmatched?channel=corner"));
        std::string suggested, listing;
        unmatched.root()["data"].each([&](Json row) {
            listing = row.textOr("id");
            row["suggestions"].each([&](Json each) {
                suggested = each.textOr("variant_id");
                return true;
            });
            return true;
        });
        CPPUNIT_ASSERT_EQUAL(odd, suggested);

        const auto changed = hub->send("PATCH", "/listings/" + listing, R"({"units_per_sale": 2})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(changed.body, std::int64_t{2},
                                     jsonOf(changed).root().integerOr("units_per_sale"));
    }

    void whatAChannelMustHearIsListedByVariant()
    {
        variant("LEG-S", R"(, "on_hand": 5)");
        listings();
        hub->postJson("/api/v1/channels/corner/pause");
        hub->postJson("/api/v1/stock/receive", R"({"sku": "LEG-S", "quantity": 2})");

        const auto pending = hub->send("GET", "/variants/pending-sync/corner");

        CPPUNIT_ASSERT_EQUAL_MESSAGE(pending.body, std::size_t{1}, rows(pending));
        CPPUNIT_ASSERT(pending.body.find(R"("sku":"LEG-S")") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(404, hub->send("GET", "/variants/pending-sync/nobody").status);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CatalogFlowTest);
