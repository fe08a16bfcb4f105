#include "sync/PushBatch.h"
#include "core/Json.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace spokehub;
using namespace spokehub::sync;
using spokes::DocumentKind;

class PushBatchTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PushBatchTest);
    CPPUNIT_TEST(aBatchNamesItsKindAndItems);
    CPPUNIT_TEST(theNextAttemptIsToldHowThePreviousEnded);
    CPPUNIT_TEST(aKeyIsEqualForEqualVariablesGenerationAndFenceOnly);
    CPPUNIT_TEST(eachItemGetsItsOwnAnswer);
    CPPUNIT_TEST(whatWasNotAnsweredIsUnknownOrAsTheCallEnded);
    CPPUNIT_TEST(answersToNobodysQuestionAreDropped);
    CPPUNIT_TEST(whenOneItemIsRejectedTheOthersAreNotCounted);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        tasks.assign(3, Task{});
        items.clear();
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            tasks[i].id = static_cast<Id>(i) + 70;
            tasks[i].generation = 1;
            items.push_back(
                {.task = &tasks[i],
                 .document = R"({"sku":"LEG-)" + std::to_string(i) + R"(","quantity":3})"});
        }
    }

    void aBatchNamesItsKindAndItems()
    {
        const auto document = JsonDocument::parse(pushDocument(TaskKind::Stock, items, 1));
        const Json batch = document->root();

        CPPUNIT_ASSERT_EQUAL(std::string("stock"), std::string(batch.textOr("kind")));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, batch["items"].size());
        int item = 0;
        batch["items"].each([&](Json each) {
            CPPUNIT_ASSERT_EQUAL(std::to_string(item), std::string(each.textOr("item")));
            CPPUNIT_ASSERT_EQUAL("LEG-" + std::to_string(item), std::string(each.textOr("sku")));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, each.integerOr("quantity"));
            CPPUNIT_ASSERT(!each["previous"]);
            ++item;
            return true;
        });
    }

    void theNextAttemptIsToldHowThePreviousEnded()
    {
        tasks[1].lastClass = Class::UnknownOutcome;

        const std::string batch = pushDocument(TaskKind::Stock, items, 1);

        CPPUNIT_ASSERT(batch.find(R"("previous":"unknown_outcome","sku":"LEG-1")") !=
                       std::string::npos);
        CPPUNIT_ASSERT_EQUAL(batch.find("previous"), batch.rfind("previous"));
    }

    void aKeyIsEqualForEqualVariablesGenerationAndFenceOnly()
    {
        const auto keys = [&](std::int64_t fence) {
            std::vector<std::string> found;
            const auto document = JsonDocument::parse(pushDocument(TaskKind::Stock, items, fence));
            document->root()["items"].each([&](Json item) {
                found.emplace_back(item.textOr("key"));
                return true;
            });
            return found;
        };
        const auto first = keys(1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, std::set(first.begin(), first.end()).size());
        for (const std::string& key : first)
            CPPUNIT_ASSERT(key.size() == 36 && key[8] == '-' && key[14] == '8' && key[23] == '-');

        CPPUNIT_ASSERT(keys(1) == first);
        CPPUNIT_ASSERT(keys(2)[0] != first[0]);
        tasks[0].generation = 2;
        items[1].document = R"({"sku":"LEG-1","quantity":4})";
        CPPUNIT_ASSERT(keys(1)[0] != first[0]);
        CPPUNIT_ASSERT(keys(1)[1] != first[1]);
        CPPUNIT_ASSERT(keys(1)[2] == first[2]);
    }

    void eachItemGetsItsOwnAnswer()
    {
        const auto answers = pushAnswers(
            items,
            answer(Class::Done,
                   {R"({"item": "2", "class": "conflict", "observed": 7})",
                    R"({"item": "0", "class": "done", "external_id": "f1"})",
                    R"({"item": "1", "class": "retry", "reason": "busy", "retry_after_ms": 40})"}));

        CPPUNIT_ASSERT(answers[0].ended.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::string("f1"), answers[0].externalId);
        CPPUNIT_ASSERT(answers[1].ended.kind == Class::Retry && answers[1].ended.counted);
        CPPUNIT_ASSERT_EQUAL(std::string("busy"), answers[1].ended.reason);
        CPPUNIT_ASSERT(answers[1].ended.retryAfter == std::chrono::milliseconds(40));
        CPPUNIT_ASSERT(answers[2].ended.kind == Class::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, answers[2].observed.value_or(0));
    }

    void whatWasNotAnsweredIsUnknownOrAsTheCallEnded()
    {
        const auto some =
            pushAnswers(items, answer(Class::Done, {R"({"item": "0", "class": "done"})"}));
        CPPUNIT_ASSERT(some[0].ended.kind == Class::Done);
        CPPUNIT_ASSERT(some[1].ended.kind == Class::UnknownOutcome);

        const auto none =
            pushAnswers(items, answer(Class::Auth, {R"({"item": "0", "class": "done"})"}));
        CPPUNIT_ASSERT(none[0].ended.kind == Class::Done);
        CPPUNIT_ASSERT(none[2].ended.kind == Class::Auth);
        CPPUNIT_ASSERT_EQUAL(std::string("because"), none[2].ended.reason);
    }

    void answersToNobodysQuestionAreDropped()
    {
        const auto answers = pushAnswers(
            items, answer(Class::Done, {R"({"item": "3", "class": "done"})",
                                        R"({"item": "x", "class": "done"})", R"({"class": "done"})",
                                        "not json", R"({"item": "1", "class": "fine"})"}));

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, answers.size());
        CPPUNIT_ASSERT(answers[0].ended.kind == Class::UnknownOutcome);
        CPPUNIT_ASSERT(answers[1].ended.kind == Class::Bug);
    }

    void whenOneItemIsRejectedTheOthersAreNotCounted()
    {
        const auto answers = pushAnswers(
            items,
            answer(Class::Done, {R"({"item": "0", "class": "rejected", "reason": "no such item"})",
                                 R"({"item": "1", "class": "retry"})",
                                 R"({"item": "2", "class": "unknown_outcome"})"}));

        CPPUNIT_ASSERT(answers[0].ended.counted);
        CPPUNIT_ASSERT(!answers[1].ended.counted);
        CPPUNIT_ASSERT(answers[2].ended.counted);
    }

private:
    static spokes::Answer answer(Class kind, const std::vector<std::string>& results)
    {
        spokes::Answer answer{{kind, kind == Class::Done ? "" : "because", {}, {}}, {}};
        for (const std::string& result : results)
            answer.documents.push_back({DocumentKind::Result, result});
        return answer;
    }

    std::vector<Task> tasks;
    std::vector<PushItem> items;
};

CPPUNIT_TEST_SUITE_REGISTRATION(PushBatchTest);
