#include "spokes/Answers.h"
#include "spokes/LoadedSpoke.h"

#include "support/Paths.h"
#include "support/TestClock.h"

#include "core/Json.h"
#include "spokehub/Text.h"

#include <cppunit/extensions/HelperMacros.h>

#include <nlohmann/json.hpp>
#include <openssl/hmac.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

using namespace spokehub::spokes;
using namespace std::chrono_literals;
using spokehub::Class;
using spokehub::JsonDocument;
using spokehub::test::TestClock;
namespace fs = std::filesystem;

namespace
{

class NoTransport final : public HttpTransport
{
public:
    HttpReply send(const HttpCall&) override
    {
        return {Class::Bug, "the sandbox calls nobody", 0, {}, {}};
    }
};

std::string content(const fs::path& file)
{
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

class SandboxTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SandboxTest);
    CPPUNIT_TEST(aSignedMessageIsGenuine);
    CPPUNIT_TEST(anySecretOfTheListSigns);
    CPPUNIT_TEST(aWrongMissingOrDoubledSignatureIsForged);
    CPPUNIT_TEST(thePathAndTheHeaderMustNameOneTopic);
    CPPUNIT_TEST(fixturesMeanWhatTheySay);
    CPPUNIT_TEST(aTopicThatMattersToNobodyMeansNothing);
    CPPUNIT_TEST(whatCannotBeUnderstoodIsRejectedWithTheMember);
    CPPUNIT_TEST(aPushedQuantityIsShownAndKeptInTheFile);
    CPPUNIT_TEST(aQuantityThatIsNotExpectedIsAConflict);
    CPPUNIT_TEST(anUnknownSkuIsUnmatched);
    CPPUNIT_TEST(theSameKeyIsDoneOnce);
    CPPUNIT_TEST(theSameShipmentMakesOneFulfilment);
    CPPUNIT_TEST(listingsComeInPagesWithACheckpointEach);
    CPPUNIT_TEST(ordersOfTheFileArePulledAfterTheCursor);
    CPPUNIT_TEST(channelsShareAShopByName);
    CPPUNIT_TEST(itFailsAsTold);
    CPPUNIT_TEST(checkNamesWhatIsMissing);
    CPPUNIT_TEST(settingsAreCheckedByItsManifest);
    CPPUNIT_TEST_SUITE_END();

    static inline int shops = 0;

    std::optional<TestClock> clock;
    NoTransport transport;
    std::optional<BufferedValues> values;
    std::optional<SpokeLibrary> library;
    std::unique_ptr<LoadedSpoke> spoke;
    std::string shop;
    fs::path folder;

    std::unique_ptr<LoadedSpoke> opened(const std::string& more,
                                        Secrets secrets = {{"webhook_secret", {"new", "old"}}})
    {
        const std::string settings =
            R"({"shop": ")" + shop + "\"" + (more.empty() ? "" : ", " + more) + "}";
        const auto document = JsonDocument::parse(settings);
        CPPUNIT_ASSERT(checkSettings(library->manifest(), document->root()).empty());
        return std::make_unique<LoadedSpoke>(
            *library, SpokeHostParts{"corner", *clock, transport, *values, std::move(secrets)},
            withDefaults(library->manifest(), document->root()));
    }
    void open(const std::string& more)
    {
        spoke.reset();
        spoke = opened(more);
    }

    Call call() const { return {clock->now() + 10s, {}}; }

    static std::string signature(const std::string& secret, std::string_view body)
    {
        unsigned char mac[32];
        unsigned int size = 0;
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, &size);
        return spokehub::sdk::toBase64({reinterpret_cast<const char*>(mac), size});
    }

    Accepted accept(std::string_view body, const std::string& topic,
                    std::vector<WebhookHeader> headers) const
    {
        return spoke->accept({"POST", topic, "", headers, body, clock->now()});
    }

    Answer translate(const std::string& topic, const std::string& body) const
    {
        return spoke->translate({"m1", topic, body, clock->now()});
    }

    ItemResult push(const std::string& item, const std::string& kind = "stock") const
    {
        const auto answer =
            spoke->push(call(), R"({"kind": ")" + kind + R"(", "items": [)" + item + "]}");
        return resultsOf(answer, {"1"}).at(0);
    }

    /// The documents of a pull, one a line; a checkpoint begins with '#'.
    std::string pull(LoadedSpoke& from, const std::string& stream, const std::string& request) const
    {
        std::string all;
        const auto verdict =
            from.pull(call(), stream, request, [&](DocumentKind kind, std::string_view json) {
                const auto root = JsonDocument::parse(json);
                if (kind == DocumentKind::Checkpoint)
                    all += "#" + std::string(root->root().textOr("cursor")) + "\n";
                else if (kind == DocumentKind::Fact)
                    all += std::string(root->root().textOr("order_id")) + "\n";
                else
                    all += std::string(root->root().textOr("stock_id")) + "=" +
                           std::to_string(root->root().integerOr("quantity")) + "\n";
                return true;
            });
        CPPUNIT_ASSERT_EQUAL(std::string(), verdict.reason);
        return all;
    }

public:
    void setUp() override
    {
        std::string name = (fs::temp_directory_path() / "spokehub-XXXXXX").string();
        CPPUNIT_ASSERT(mkdtemp(name.data()) != nullptr);
        folder = name;
        clock.emplace();
        values.emplace();
        library.emplace(fs::path(spokehub::test::binaryDir) / "spokes" / "sandbox.so");
        shop = "test-" + std::to_string(++shops); // a shop lives as long as the process
        open(R"("catalog": ["LEG-S=12", "LEG-M=3", "LEG-L=0"])");
    }
    void tearDown() override
    {
        spoke.reset();
        library.reset();
        values.reset();
        clock.reset();
        fs::remove_all(folder);
    }

    void aSignedMessageIsGenuine()
    {
        const auto mac = signature("new", "{}");

        const auto accepted =
            accept("{}", "orders-create", {{"x-sandbox-signature", mac}, {"x-sandbox-id", "d-1"}});

        CPPUNIT_ASSERT_EQUAL(std::string(), accepted.reason);
        CPPUNIT_ASSERT(accepted.verdict == AcceptVerdict::Genuine);
        CPPUNIT_ASSERT_EQUAL(std::string("d-1"), accepted.messageId);
        CPPUNIT_ASSERT_EQUAL(std::string("orders/create"), accepted.topic);
    }

    void anySecretOfTheListSigns()
    {
        const auto mac = signature("old", "{}");

        CPPUNIT_ASSERT(
            accept("{}", "t", {{"X-Sandbox-Signature", mac}, {"X-Sandbox-Id", "d"}}).verdict ==
            AcceptVerdict::Genuine);
    }

    void aWrongMissingOrDoubledSignatureIsForged()
    {
        const auto right = signature("new", "{}"), wrong = signature("other", "{}");
        const WebhookHeader id{"X-Sandbox-Id", "d"};

        CPPUNIT_ASSERT(accept("{}", "t", {{"X-Sandbox-Signature", wrong}, id}).verdict ==
                       AcceptVerdict::Forged);
        CPPUNIT_ASSERT(accept("{ }", "t", {{"X-Sandbox-Signature", right}, id}).verdict ==
                       AcceptVerdict::Forged);
        CPPUNIT_ASSERT(accept("{}", "t", {id}).verdict == AcceptVerdict::Forged);
        CPPUNIT_ASSERT(accept("{}", "t", {{"X-Sandbox-Signature", "?"}, id}).verdict ==
                       AcceptVerdict::Forged);
        CPPUNIT_ASSERT(
            accept("{}", "t", {{"X-Sandbox-Signature", right}, {"x-sandbox-signature", right}, id})
                .verdict == AcceptVerdict::Forged);
    }

    void thePathAndTheHeaderMustNameOneTopic()
    {
        const auto mac = signature("new", "{}");
        const WebhookHeader signedBy{"X-Sandbox-Signature", mac}, id{"X-Sandbox-Id", "d"};

        CPPUNIT_ASSERT(accept("{}", "", {signedBy, id}).verdict == AcceptVerdict::Mismatch);
        CPPUNIT_ASSERT(accept("{}", "orders/create", {signedBy}).verdict ==
                       AcceptVerdict::Mismatch);
        CPPUNIT_ASSERT(
            accept("{}", "orders/create", {signedBy, id, {"X-Sandbox-Topic", "orders/paid"}})
                .verdict == AcceptVerdict::Mismatch);
        CPPUNIT_ASSERT_EQUAL(
            std::string("orders/paid"),
            accept("{}", "", {signedBy, id, {"X-Sandbox-Topic", "orders/paid"}}).topic);
    }

    void fixturesMeanWhatTheySay()
    {
        int played = 0;
        for (const auto& entry : fs::directory_iterator(fs::path(spokehub::test::sourceDir) /
                                                        "plugins/sandbox/fixtures"))
        {
            const auto name = entry.path().string();
            if (!name.ends_with(".in.json"))
                continue;
            const auto in = nlohmann::json::parse(content(entry.path()));
            const auto out =
                nlohmann::json::parse(content(name.substr(0, name.size() - 8) + ".out.json"));

            const auto answer = translate(in["topic"], in["body"].dump());

            nlohmann::json said = {{"class", toText(answer.verdict.kind)},
                                   {"documents", nlohmann::json::array()}};
            for (const auto& document : answer.documents)
                said["documents"].push_back(nlohmann::json::parse(document.json));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, out.dump(), said.dump());
            ++played;
        }
        CPPUNIT_ASSERT_EQUAL(4, played);
    }

    void aTopicThatMattersToNobodyMeansNothing()
    {
        const auto answer = translate("shop/redecorated", "not JSON");

        CPPUNIT_ASSERT(answer.verdict.kind == Class::Done);
        CPPUNIT_ASSERT(answer.documents.empty());
    }

    void whatCannotBeUnderstoodIsRejectedWithTheMember()
    {
        const std::string begin =
            R"({"type": "order", "order_id": "1", "updated_at": "2026-11-20T15:15:30Z")";
        const std::pair<std::string, std::string> cases[] = {
            {"{", "the body is not JSON"},
            {"7", "the body must be an object or an array of objects"},
            {R"({"type": "refund"})",
             "a message of orders/create carries the type 'order', not 'refund'"},
            {R"({"type": "order", "order_id": 7})", "'order_id' must be text that is not empty"},
            {R"({"type": "order", "order_id": "1", "updated_at": "2026-11-20T15:15:30+01:00"})",
             "'updated_at' must be a time in UTC, e.g. 2026-11-20T15:15:30Z"},
            {begin + "}", "'currency' must be a currency, e.g. USD"},
            {begin + R"(, "currency": "USD"})", "'lines' must be an array"},
            {begin + R"(, "currency": "USD", "totals": {"total": 1.5}, "lines": []})",
             "'totals.total' must be an integer of 0 or more"},
            {begin + R"(, "currency": "USD", "lines": [{"line_id": "1", "quantity": -1}]})",
             "'lines[0].quantity' must be an integer of 0 or more"},
            {begin +
                 R"(, "currency": "USD", "lines": [{"line_id": "1", "quantity": 18446744073709551615}]})",
             "'lines[0].quantity' must be an integer of 0 or more"}};
        for (const auto& [body, reason] : cases) {
            const auto answer = translate("orders/create", body);
            CPPUNIT_ASSERT_MESSAGE(body, answer.verdict.kind == Class::Rejected);
            CPPUNIT_ASSERT_EQUAL(reason, answer.verdict.reason);
            CPPUNIT_ASSERT(answer.documents.empty());
        }
    }

    void aPushedQuantityIsShownAndKeptInTheFile()
    {
        shop += "-file";
        const auto file = folder / "shop.json";
        open(R"("catalog": ["LEG-S=12"], "file": ")" + file.string() + "\"");

        const auto result = push(
            R"({"item": "1", "key": "k1", "stock_id": "LEG-S", "quantity": 9, "expected": 12})");

        CPPUNIT_ASSERT(result.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S=9\n#\n"), pull(*spoke, "levels", "{}"));
        const auto shown = JsonDocument::parse(content(file));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9},
                             shown->root()["stock"]["LEG-S"].integerOr("quantity"));
    }

    void aQuantityThatIsNotExpectedIsAConflict()
    {
        const auto result =
            push(R"({"item": "1", "key": "k1", "sku": "LEG-M", "quantity": 2, "expected": 5})");

        CPPUNIT_ASSERT(result.kind == Class::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, *result.observed);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-M=3\n#\n"),
                             pull(*spoke, "levels", R"({"subjects": ["LEG-M"]})"));
    }

    void anUnknownSkuIsUnmatched()
    {
        CPPUNIT_ASSERT(push(R"({"item": "1", "sku": "HAT", "quantity": 2})").kind ==
                       Class::Unmatched);
    }

    void theSameKeyIsDoneOnce()
    {
        push(R"({"item": "1", "key": "k1", "sku": "LEG-S", "quantity": 9})");

        const auto again =
            push(R"({"item": "1", "key": "k1", "sku": "LEG-S", "quantity": 7, "expected": 1})");

        CPPUNIT_ASSERT(again.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S=9\n"),
                             pull(*spoke, "levels", R"({"id": "LEG-S"})"));
    }

    void theSameShipmentMakesOneFulfilment()
    {
        const std::string item =
            R"("order_id": "7", "lines": [{"line_id": "1", "quantity": 2}], "carrier": "DHL"})";

        const auto first = push(R"({"item": "1", "key": "k1", )" + item, "shipment");
        const auto again = push(R"({"item": "1", "key": "k1", )" + item, "shipment");
        const auto other = push(R"({"item": "1", "key": "k2", )" + item, "shipment");

        CPPUNIT_ASSERT_EQUAL(std::string("F-1"), first.externalId);
        CPPUNIT_ASSERT_EQUAL(std::string("F-1"), again.externalId);
        CPPUNIT_ASSERT_EQUAL(std::string("F-2"), other.externalId);
        CPPUNIT_ASSERT(
            push(R"({"item": "1", "key": "k3", "order_id": "7", "lines": []})", "shipment").kind ==
            Class::Rejected);
    }

    void listingsComeInPagesWithACheckpointEach()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-L=0\nLEG-M=3\n#LEG-M\nLEG-S=12\n#\n"),
                             pull(*spoke, "listings", R"({"page_max": 2})"));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S=12\n#\n"),
                             pull(*spoke, "listings", R"({"cursor": "LEG-M"})"));
    }

    void ordersOfTheFileArePulledAfterTheCursor()
    {
        shop += "-orders";
        const auto file = folder / "shop.json";
        const auto order = [](const char* id, const char* time) {
            return R"({"type": "order", "order_id": ")" + std::string(id) +
                   R"(", "updated_at": "2026-11-20T)" + time +
                   R"(Z", "currency": "USD", "lines": []})";
        };
        std::ofstream(file) << R"({"orders": [)" << order("b", "12:00:00") << ","
                            << order("a", "12:00:00") << "," << order("c", "11:00:00") << "]}";
        open(R"("file": ")" + file.string() + "\"");

        CPPUNIT_ASSERT_EQUAL(
            std::string("c\na\n#2026-11-20T12:00:00Z a\nb\n#2026-11-20T12:00:00Z b\n"),
            pull(*spoke, "orders", R"({"page_max": 2})"));
        CPPUNIT_ASSERT_EQUAL(std::string("b\n#2026-11-20T12:00:00Z b\n"),
                             pull(*spoke, "orders", R"({"cursor": "2026-11-20T12:00:00Z a"})"));
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             pull(*spoke, "orders", R"({"cursor": "2026-11-20T12:00:00Z b"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("c\n"), pull(*spoke, "orders", R"({"id": "c"})"));
    }

    void channelsShareAShopByName()
    {
        const auto other = opened("");
        push(R"({"item": "1", "sku": "LEG-S", "quantity": 4})");

        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S=4\n"),
                             pull(*other, "levels", R"({"id": "LEG-S"})"));
    }

    void itFailsAsTold()
    {
        const std::string item = R"({"item": "1", "sku": "LEG-S", "quantity": 4})";

        open(R"("fail": "rate_limited")");
        CPPUNIT_ASSERT(push(item).kind == Class::RateLimited);
        CPPUNIT_ASSERT(push(item).retryAfter == 1000ms);
        open(R"("fail": "rejected:LEG-S")");
        CPPUNIT_ASSERT(push(item).kind == Class::Rejected);
        CPPUNIT_ASSERT(push(R"({"item": "1", "sku": "LEG-M", "quantity": 4})").kind == Class::Done);
        open(R"("fail": "conflict")");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, *push(item).observed);
        open("");
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S=12\n"),
                             pull(*spoke, "levels", R"({"id": "LEG-S"})"));
    }

    void checkNamesWhatIsMissing()
    {
        const auto good = findingsOf(spoke->check(call()));
        CPPUNIT_ASSERT_EQUAL(std::string("the shop offers 3 SKUs"), good.at(1).message);

        const auto without = findingsOf(opened("", {})->check(call()));
        CPPUNIT_ASSERT_EQUAL(std::string("error"), without.at(0).level);
        CPPUNIT_ASSERT_EQUAL(std::string("add webhook_secret to the channel's secrets"),
                             without.at(0).remedy);
    }

    void settingsAreCheckedByItsManifest()
    {
        const auto wrong =
            JsonDocument::parse(R"({"catalog": ["LEG-S"], "fail": "sometimes", "shop": ""})");

        CPPUNIT_ASSERT_EQUAL(std::size_t{3},
                             checkSettings(library->manifest(), wrong->root()).size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SandboxTest);
