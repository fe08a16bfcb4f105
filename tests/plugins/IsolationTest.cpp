#include "core/Config.h"
#include "spokes/HttpClient.h"
#include "spokes/LibraryBorder.h"
#include "spokes/LoadedSpoke.h"
#include "spokes/ProcessBorder.h"
#include "standin/ShopifyStandIn.h"
#include "support/Paths.h"
#include "support/TestClock.h"

#include <cppunit/extensions/HelperMacros.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

using namespace std::chrono_literals;
using namespace spokehub;
using namespace spokehub::spokes;
using namespace spokehub::test;
using spokehub::standin::ShopifyStandIn;
using Value = nlohmann::json;
namespace fs = std::filesystem;

namespace
{

std::string textOf(const fs::path& file)
{
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

/// All that a verb said, byte for byte.
std::string toText(const Verdict& verdict)
{
    return std::string(sdk::toText(verdict.kind)) + " | " + verdict.reason + " | " +
           verdict.detail + " | " +
           (verdict.retryAfter ? std::to_string(verdict.retryAfter->count()) : "") + "\n";
}

std::string toText(const Answer& answer)
{
    std::string text = toText(answer.verdict);
    for (const Document& document : answer.documents)
        text += std::to_string(static_cast<int>(document.kind)) + " " + document.json + "\n";
    return text;
}

std::string toText(const Accepted& accepted)
{
    return std::to_string(static_cast<int>(accepted.verdict)) + " | " +
           std::string(sdk::toText(accepted.kind)) + " | " + accepted.messageId + " | " +
           accepted.topic + " | " +
           (accepted.occurredAt ? std::to_string(accepted.occurredAt->micros) : "") + " | " +
           accepted.reason + " | " + accepted.keyId + " | " + accepted.replyBody;
}

/// One spoke of the hub, opened in this process or in one of its own.
struct Opened
{
    Opened(const std::string& name, Isolation isolation, const Clock& clock,
           const std::string& baseUrl, const std::string& settings, Secrets secrets)
        : http(clock, HttpRules{{}, baseUrl, {}})
    {
        const fs::path file = fs::path(binaryDir) / "spokes" / (name + ".so");
        const auto launcher = std::make_shared<ProcessLauncher>();
        std::unique_ptr<Border> border;
        if (isolation == Isolation::None)
            border = std::make_unique<LibraryBorder>(SpokeLibrary(file).table());
        else
            border = std::make_unique<ProcessBorder>(ProcessBorder::Parts{
                name, file, SpokeLibrary(file, *launcher).facts(), launcher, clock});
        spoke.emplace(name, std::move(border),
                      SpokeHostParts{name, clock, http, values, std::move(secrets)}, settings);
    }

    HttpClient http;
    BufferedValues values;
    std::optional<LoadedSpoke> spoke;
};

} // namespace

/// Whatever a spoke says, it says byte for byte the same in a process of its own.
class IsolationTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IsolationTest);
    CPPUNIT_TEST(theSandboxTranslatesItsFixturesAlike);
    CPPUNIT_TEST(theSandboxAcceptsPullsAndPushesAlike);
    CPPUNIT_TEST(shopifyTranslatesItsFixturesAlike);
    CPPUNIT_TEST(shopifyAcceptsAlike);
    CPPUNIT_TEST(shopifyReadsItsStreamsAlike);
    CPPUNIT_TEST(shopifyPushesAlike);
    CPPUNIT_TEST(aRefusedSettingIsRefusedAlike);
    CPPUNIT_TEST_SUITE_END();

    TestClock clock;
    std::unique_ptr<Opened> here;
    std::unique_ptr<Opened> apart;

    Call call() const { return {clock.now() + 20s, {}}; }

    template <class Say>
    void alike(const std::string& what, Say&& say)
    {
        const std::string expected = toText(say(*here->spoke));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, expected, toText(say(*apart->spoke)));
    }

    Answer pull(LoadedSpoke& spoke, const std::string& stream, const std::string& request,
                int checkpointsMax) const
    {
        Answer answer;
        answer.verdict =
            spoke.pull(call(), stream, request, [&](DocumentKind kind, std::string_view json) {
                answer.documents.push_back({kind, std::string(json)});
                return kind != DocumentKind::Checkpoint || --checkpointsMax > 0;
            });
        return answer;
    }

    void pullAlike(const std::string& stream, const std::string& request, int checkpointsMax = 1000)
    {
        alike(stream + " " + request,
              [&](LoadedSpoke& spoke) { return pull(spoke, stream, request, checkpointsMax); });
    }

    int translateFixtures(const std::string& name)
    {
        int played = 0;
        for (const auto& entry :
             fs::directory_iterator(fs::path(sourceDir) / "plugins" / name / "fixtures"))
        {
            if (!entry.path().string().ends_with(".in.json"))
                continue;
            const Value message = Value::parse(textOf(entry.path()));
            const std::string topic = message["topic"];
            const std::string body = message.contains("body_text")
                                         ? message["body_text"].get<std::string>()
                                         : message["body"].dump();
            alike(entry.path().filename(), [&](const LoadedSpoke& spoke) {
                return spoke.translate({"m1", topic, body, clock.now()});
            });
            ++played;
        }
        return played;
    }

    void openSandbox()
    {
        const auto open = [&](Isolation isolation) {
            return std::make_unique<Opened>(
                "sandbox", isolation, clock, "",
                R"({"shop": "isolation-)" + std::string(isolation == Isolation::None ? "a" : "b") +
                    R"(", "catalog": ["LEG-S=5", "LEG-M=7"], "file": "", "fail": "", "latency_ms": 0})",
                Secrets{{"webhook_secret", {"new", "old"}}});
        };
        here = open(Isolation::None);
        apart = open(Isolation::Process);
    }

    std::unique_ptr<Opened> shopify(const ShopifyStandIn& shop, Isolation isolation) const
    {
        const Value settings = {{"shop", shop.options().shop},
                                {"base_url", shop.url()},
                                {"location", "gid://shopify/Location/1"},
                                {"api_version", "2026-07"}};
        return std::make_unique<Opened>(
            "shopify", isolation, clock, shop.url(), settings.dump(),
            Secrets{{"access_token", {"shpat_standin"}},
                    {"webhook_secret", {"older", shop.options().secret}}});
    }

    static void fill(ShopifyStandIn& shop)
    {
        shop.setTime(TestClock::start.micros);
        shop.with([](standin::Shop& it) {
            it.addLocation("Shop location");
            for (int i = 0; i < 120; ++i)
                it.addVariant("LEG-" + std::to_string(i), 1'000);
            for (int i = 0; i < 60; ++i)
                it.place({{"LEG-" + std::to_string(i), 2}});
        });
    }

public:
    void tearDown() override
    {
        here.reset();
        apart.reset();
    }

    void theSandboxTranslatesItsFixturesAlike()
    {
        openSandbox();

        CPPUNIT_ASSERT_EQUAL(4, translateFixtures("sandbox"));
    }

    void theSandboxAcceptsPullsAndPushesAlike()
    {
        openSandbox();

        const WebhookHeader header{"X-Sandbox-Signature", "forged"};
        alike("accept", [&](const LoadedSpoke& spoke) {
            return spoke.accept({"POST", "orders-create", "", {&header, 1}, "{}", clock.now()});
        });
        alike("check", [&](LoadedSpoke& spoke) { return spoke.check(call()); });
        pullAlike("listings", R"({"cursor": ""})");
        pullAlike("listings", R"({"cursor": "", "page_max": 1})", 1);
        pullAlike("levels", R"({"cursor": ""})");
        pullAlike("nothing", R"({"cursor": ""})");
        const std::string batch =
            R"({"kind": "stock", "items": [{"item": "0", "key": "k0", "external_id": "LEG-S", "sku": "LEG-S", "quantity": 3, "expected": 5},)"
            R"({"item": "1", "key": "k1", "external_id": "NONE", "sku": "NONE", "quantity": 3, "expected": null},)"
            R"({"item": "2", "key": "k2", "external_id": "LEG-M", "sku": "LEG-M", "quantity": 3, "expected": 1}]})";
        alike("push", [&](LoadedSpoke& spoke) { return spoke.push(call(), batch); });
        alike("push again", [&](LoadedSpoke& spoke) { return spoke.push(call(), batch); });
        alike("push what is none", [&](LoadedSpoke& spoke) { return spoke.push(call(), "{"); });
    }

    void shopifyTranslatesItsFixturesAlike()
    {
        const ShopifyStandIn shop;
        here = shopify(shop, Isolation::None);
        apart = shopify(shop, Isolation::Process);

        CPPUNIT_ASSERT_EQUAL(49, translateFixtures("shopify"));
    }

    void shopifyAcceptsAlike()
    {
        ShopifyStandIn shop;
        fill(shop);
        here = shopify(shop, Isolation::None);
        apart = shopify(shop, Isolation::Process);
        const auto delivery = shop.with([](standin::Shop& it) { return it.waiting.at(1); });
        const auto signedHeaders = shop.headers(delivery);
        std::vector<WebhookHeader> headers;
        for (const auto& [name, value] : signedHeaders)
            headers.push_back({name, value});

        for (std::size_t without = 0; without <= headers.size(); ++without) {
            auto some = headers;
            if (without < some.size())
                some.erase(some.begin() + static_cast<std::ptrdiff_t>(without));
            for (const std::string& body : {delivery.body, delivery.body + " "})
                alike("without header " + std::to_string(without), [&](const LoadedSpoke& spoke) {
                    return spoke.accept({"POST", "", "", some, body, clock.now()});
                });
        }
    }

    void shopifyReadsItsStreamsAlike()
    {
        ShopifyStandIn shop({.capacity = 1'000'000, .restorePerSecond = 1});
        fill(shop);
        here = shopify(shop, Isolation::None);
        apart = shopify(shop, Isolation::Process);

        alike("check", [&](LoadedSpoke& spoke) { return withoutRate(spoke.check(call())); });
        for (const char* stream : {"orders", "listings", "levels", "unknown"})
            for (const int checkpoints : {1, 1000})
                alike(stream, [&](LoadedSpoke& spoke) {
                    return withoutRate(pull(spoke, stream, R"({"cursor": ""})", checkpoints));
                });
    }

    void shopifyPushesAlike()
    {
        ShopifyStandIn shops[2];
        for (ShopifyStandIn& shop : shops)
            fill(shop);
        here = shopify(shops[0], Isolation::None);
        apart = shopify(shops[1], Isolation::Process);
        const std::string batch = shops[0].with([](standin::Shop& it) {
            Value items = Value::array();
            for (int i = 0; i < 30; ++i) {
                const standin::Variant& variant = *it.variant("LEG-" + std::to_string(i));
                items.push_back({{"item", std::to_string(i)},
                                 {"key", "key-" + std::to_string(i)},
                                 {"external_id", std::to_string(variant.id)},
                                 {"parent_id", std::to_string(variant.productId)},
                                 {"stock_id", i == 7 ? "404" : std::to_string(variant.itemId)},
                                 {"sku", variant.sku},
                                 {"quantity", i},
                                 {"expected", i % 5 == 0 ? Value(1) : Value(nullptr)}});
            }
            return Value{{"kind", "stock"}, {"items", items}}.dump();
        });

        for (const char* turn : {"push", "push again"})
            alike(turn, [&](LoadedSpoke& spoke) { return withoutRate(spoke.push(call(), batch)); });
    }

    void aRefusedSettingIsRefusedAlike()
    {
        const auto refusal = [&](Isolation isolation) -> std::string {
            try {
                Opened(
                    "sandbox", isolation, clock, "",
                    R"({"shop": "x", "catalog": ["LEG-S"], "file": "", "fail": "", "latency_ms": 0})",
                    {});
            } catch (const SpokeError& error) {
                return error.what();
            }
            return "";
        };

        CPPUNIT_ASSERT_EQUAL(
            std::string("the spoke 'sandbox' does not open: setting 'catalog': 'LEG-S' must be "
                        "SKU=quantity; correct the channel's settings"),
            refusal(Isolation::None));
        CPPUNIT_ASSERT_EQUAL(refusal(Isolation::None), refusal(Isolation::Process));
    }

private:
    /// The shop's bucket goes down with every question, whoever asks.
    static Answer withoutRate(Answer answer)
    {
        std::erase_if(answer.documents,
                      [](const Document& one) { return one.kind == DocumentKind::Rate; });
        return answer;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IsolationTest);
