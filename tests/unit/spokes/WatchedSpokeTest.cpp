#include "spokes/WatchedSpoke.h"

#include "core/Json.h"
#include "spokes/Answers.h"
#include "support/FakeSpoke.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>

using namespace spokehub;
using namespace spokehub::spokes;
using spokehub::test::FakeSpoke;

/// What is kept from a spoke that crashed, and what goes on.
class WatchedSpokeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WatchedSpokeTest);
    CPPUNIT_TEST(aMessageInHandAtTwoCrashesIsABug);
    CPPUNIT_TEST(whoeverReplaysItGetsAnotherTry);
    CPPUNIT_TEST(aMessageThatCameThroughIsNotHeldAgainst);
    CPPUNIT_TEST(aSpokeThatWasNotAskedProvesNothing);
    CPPUNIT_TEST(aWebhookInHandAtTwoCrashesIsNotAskedAboutAgain);
    CPPUNIT_TEST(aBatchGoesAsItCameWhileNothingIsSuspect);
    CPPUNIT_TEST(afterACrashOneSuspectGoesAloneAndTheCleanOnesGoOn);
    CPPUNIT_TEST(theGuiltyItemIsFoundAndTheOthersArePushed);
    CPPUNIT_TEST(anItemThatWasInHandAtTwoCrashesOfTheHubIsNotPushed);
    CPPUNIT_TEST(ratesAndAnswersOfItemsPassThrough);
    CPPUNIT_TEST_SUITE_END();

    std::optional<InHand> inHand;
    FakeSpoke* fake = nullptr;
    std::unique_ptr<WatchedSpoke> spoke;
    int asked = 0;

    static Answer crash(Class kind)
    {
        auto answer = FakeSpoke::ended(kind, "signal 11");
        answer.verdict.crashed = true;
        return answer;
    }

    Answer translate(std::string_view id = "m1") { return spoke->translate({id, "t", "{}", {}}); }

    /// How items with these ids end, by their first letter: "D" for done.
    std::string push(const std::vector<std::string>& ids)
    {
        std::vector<std::string> names;
        JsonWriter batch;
        batch.beginObject().member("kind", "stock").key("items").beginArray();
        for (const std::string& id : ids) {
            names.push_back(std::to_string(names.size()));
            batch.beginObject().member("item", names.back()).member("sku", id).endObject();
        }
        batch.endArray().endObject();
        std::string ends;
        for (const auto& result : resultsOf(spoke->push({{}, {}, ids}, batch.text()), names))
            ends += toText(result.kind)[0];
        return ends;
    }

    /// The SKUs of each batch that reached the spoke.
    std::string batches() const
    {
        std::string text;
        for (const std::string& batch : fake->pushed) {
            text += text.empty() ? "" : " | ";
            std::string skus;
            JsonDocument::parse(batch)->root()["items"].each([&](Json item) {
                skus += (skus.empty() ? "" : " ") + std::string(item.textOr("sku"));
                return true;
            });
            text += skus;
        }
        return text;
    }

    void crashAt(const std::string& sku)
    {
        fake->onPush = [sku](const std::string& batch) {
            return batch.find('"' + sku + '"') != std::string::npos
                       ? crash(Class::UnknownOutcome)
                       : FakeSpoke::each(batch, R"("class": "done")");
        };
    }

public:
    void setUp() override
    {
        inHand.emplace();
        auto made = std::make_unique<FakeSpoke>();
        fake = made.get();
        spoke = std::make_unique<WatchedSpoke>(std::move(made), *inHand, "shop");
        asked = 0;
        fake->onTranslate = [this](const StoredMessage&) {
            ++asked;
            return crash(Class::Retry);
        };
    }
    void tearDown() override
    {
        spoke.reset();
        inHand.reset();
    }

    void aMessageInHandAtTwoCrashesIsABug()
    {
        CPPUNIT_ASSERT(translate().verdict.kind == Class::Retry);

        const auto second = translate();

        CPPUNIT_ASSERT(second.verdict.kind == Class::Bug);
        CPPUNIT_ASSERT_EQUAL(std::string("it was in hand at two crashes of its spoke and is not "
                                         "tried again: signal 11"),
                             second.verdict.reason);
        CPPUNIT_ASSERT_EQUAL(2, asked);
    }

    void whoeverReplaysItGetsAnotherTry()
    {
        translate();
        translate();

        CPPUNIT_ASSERT(translate().verdict.kind == Class::Retry);
        CPPUNIT_ASSERT_EQUAL(3, asked);
    }

    void aMessageThatCameThroughIsNotHeldAgainst()
    {
        translate();
        fake->onTranslate = nullptr;
        CPPUNIT_ASSERT(translate().verdict.kind == Class::Done);

        CPPUNIT_ASSERT(!inHand->any());
    }

    void aSpokeThatWasNotAskedProvesNothing()
    {
        translate();
        fake->onTranslate = [](const StoredMessage&) {
            return FakeSpoke::ended(Class::RateLimited, "it is started again in 250 ms");
        };
        translate();
        fake->onTranslate = [](const StoredMessage&) { return crash(Class::Retry); };

        CPPUNIT_ASSERT(translate().verdict.kind == Class::Bug);
    }

    void aWebhookInHandAtTwoCrashesIsNotAskedAboutAgain()
    {
        fake->onAccept = [this](const WebhookRequest& request) {
            ++asked;
            Accepted accepted;
            accepted.verdict = AcceptVerdict::Genuine;
            if (request.body == "bad") {
                accepted.verdict = AcceptVerdict::Failed;
                accepted.crashed = true;
            }
            return accepted;
        };
        const auto accept = [this](std::string_view body) {
            return spoke->accept({"POST", "", "", {}, body, {}});
        };
        for (int i = 0; i < 4; ++i)
            CPPUNIT_ASSERT(accept("bad").verdict == AcceptVerdict::Failed);

        CPPUNIT_ASSERT_EQUAL(2, asked);
        CPPUNIT_ASSERT(accept("good").verdict == AcceptVerdict::Genuine);
        CPPUNIT_ASSERT(accept("bad").kind == Class::Bug);
    }

    void aBatchGoesAsItCameWhileNothingIsSuspect()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("ddd"), push({"a", "b", "c"}));
        CPPUNIT_ASSERT_EQUAL(std::string("a b c"), batches());
    }

    void afterACrashOneSuspectGoesAloneAndTheCleanOnesGoOn()
    {
        crashAt("b");
        CPPUNIT_ASSERT_EQUAL(std::string("uu"), push({"a", "b"}));
        fake->pushed.clear();
        fake->onPush = nullptr;

        CPPUNIT_ASSERT_EQUAL(std::string("dcdd"), push({"a", "b", "c", "d"})); // b has to wait

        CPPUNIT_ASSERT_EQUAL(std::string("c d | a"), batches());
        CPPUNIT_ASSERT_EQUAL(std::string("d"), push({"b"}));
        CPPUNIT_ASSERT(!inHand->any());
    }

    void theGuiltyItemIsFoundAndTheOthersArePushed()
    {
        crashAt("b");
        CPPUNIT_ASSERT_EQUAL(std::string("uuu"), push({"a", "b", "c"}));

        CPPUNIT_ASSERT_EQUAL(std::string("dcc"), push({"a", "b", "c"}));
        CPPUNIT_ASSERT_EQUAL(std::string("bc"), push({"b", "c"})); // a bug
        CPPUNIT_ASSERT_EQUAL(std::string("d"), push({"c"}));
        CPPUNIT_ASSERT_EQUAL(std::string("a b c | a | b | c"), batches());
        CPPUNIT_ASSERT(!inHand->any());
    }

    void anItemThatWasInHandAtTwoCrashesOfTheHubIsNotPushed()
    {
        inHand->crashed("shop", "b");
        inHand->crashed("shop", "b");

        CPPUNIT_ASSERT_EQUAL(std::string("dbd"), push({"a", "b", "c"}));
        CPPUNIT_ASSERT_EQUAL(std::string("a c"), batches());
    }

    void ratesAndAnswersOfItemsPassThrough()
    {
        inHand->crashed("shop", "x");
        fake->onPush = [](const std::string& batch) {
            auto answer = FakeSpoke::each(
                batch,
                R"("class": "conflict", "reason": "it shows 4", "observed": 4, "external_id": "e")");
            answer.documents.push_back({DocumentKind::Rate, R"({"available": 7})"});
            return answer;
        };

        const auto answer =
            spoke->push({}, R"({"kind": "stock", "items": [{"item": "0", "sku": "a"}]})");

        const auto result = resultsOf(answer, {"0"}).at(0);
        CPPUNIT_ASSERT(result.kind == Class::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::string("it shows 4"), result.reason);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, *result.observed);
        CPPUNIT_ASSERT_EQUAL(std::string("e"), result.externalId);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, rateOf(answer)->available);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WatchedSpokeTest);
