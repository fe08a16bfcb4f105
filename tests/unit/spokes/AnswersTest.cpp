#include "spokes/Answers.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::spokes;
using namespace std::chrono_literals;

class AnswersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AnswersTest);
    CPPUNIT_TEST(eachAskedItemHasOneResultInTheOrderAsked);
    CPPUNIT_TEST(anItemLeftOutOfADoneVerbIsOfUnknownOutcome);
    CPPUNIT_TEST(anItemLeftOutOfAFailedVerbHasItsClassAndReason);
    CPPUNIT_TEST(anUnknownClassIsABug);
    CPPUNIT_TEST(theLastRateCounts);
    CPPUNIT_TEST(theEndOfAnApiVersionIsToldInTime);
    CPPUNIT_TEST_SUITE_END();

    static Document result(const std::string& json) { return {DocumentKind::Result, json}; }

public:
    void eachAskedItemHasOneResultInTheOrderAsked()
    {
        const Answer answer{
            {},
            {result(R"({"item":"2","class":"conflict","observed":7,"reason":"moved"})"),
             result(R"({"item":"9","class":"done"})"),
             result(R"({"item":"1","class":"done","external_id":"F-1"})")}};

        const auto results = resultsOf(answer, {"1", "2"});

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, results.size());
        CPPUNIT_ASSERT(results[0].kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::string("F-1"), results[0].externalId);
        CPPUNIT_ASSERT(results[1].kind == Class::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, *results[1].observed);
        CPPUNIT_ASSERT_EQUAL(std::string("moved"), results[1].reason);
    }

    void anItemLeftOutOfADoneVerbIsOfUnknownOutcome()
    {
        const auto results = resultsOf({}, {"1"});

        CPPUNIT_ASSERT(results.at(0).kind == Class::UnknownOutcome);
    }

    void anItemLeftOutOfAFailedVerbHasItsClassAndReason()
    {
        const Answer answer{{Class::RateLimited, "slow down", 1500ms, {}},
                            {result(R"({"item":"1","class":"done"})")}};

        const auto results = resultsOf(answer, {"1", "2"});

        CPPUNIT_ASSERT(results[0].kind == Class::Done);
        CPPUNIT_ASSERT(results[1].kind == Class::RateLimited);
        CPPUNIT_ASSERT_EQUAL(std::string("slow down"), results[1].reason);
        CPPUNIT_ASSERT(results[1].retryAfter == 1500ms);
    }

    void anUnknownClassIsABug()
    {
        const auto results = resultsOf({{}, {result(R"({"item":"1","class":"maybe"})")}}, {"1"});

        CPPUNIT_ASSERT(results[0].kind == Class::Bug);
    }

    void theLastRateCounts()
    {
        const Answer answer{
            {},
            {{DocumentKind::Rate, R"({"available":900,"capacity":1000,"restore_per_second":50})"},
             {DocumentKind::Rate, R"({"available":887,"capacity":1000,"restore_per_second":50})"}}};

        CPPUNIT_ASSERT_EQUAL(std::int64_t{887}, rateOf(answer)->available);
        CPPUNIT_ASSERT(!rateOf(Answer{}));
    }

    void theEndOfAnApiVersionIsToldInTime()
    {
        Manifest manifest;
        manifest.name = "shop";
        manifest.apiVersion = "3";
        const auto levelAt = [&manifest](const char* now) {
            const auto ending = apiVersionEnding(manifest, *timeFromIso(now));
            return ending ? ending->level + ": " + ending->message : std::string();
        };
        CPPUNIT_ASSERT_EQUAL(std::string(), levelAt("2030-01-01T00:00:00Z"));
        manifest.apiVersionUntil = "2027-07-01";

        CPPUNIT_ASSERT_EQUAL(std::string(), levelAt("2027-04-01T00:00:00Z"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("warning: the channel ends version 3 of its API on 2027-07-01"),
            levelAt("2027-04-02T00:00:00Z"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("error: the channel has ended version 3 of its API on 2027-07-01"),
            levelAt("2027-07-01T00:00:00Z"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AnswersTest);
