#include "api/Etag.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::api;

class EtagTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EtagTest);
    CPPUNIT_TEST(eachByteMakesAnotherTag);
    CPPUNIT_TEST(thatTimePassesIsNoChangeOfAThing);
    CPPUNIT_TEST(whatLooksLikeAnAgeInATextIsPartOfTheThing);
    CPPUNIT_TEST(whoeverHasTheAnswerMayHaveItPacked);
    CPPUNIT_TEST(aChangeTakesNoWeakTag);
    CPPUNIT_TEST_SUITE_END();

    static bool matches(const std::string& header, const std::string& body)
    {
        try {
            requireMatch(header, body);
            return true;
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.refusal() == Refusal::PreconditionFailed);
            return false;
        }
    }

public:
    void eachByteMakesAnotherTag()
    {
        const std::string tag = etagOf(R"({"a":1,"age_seconds":7})");

        CPPUNIT_ASSERT_EQUAL(tag, etagOf(R"({"a":1,"age_seconds":7})"));
        CPPUNIT_ASSERT(tag != etagOf(R"({"a":1,"age_seconds":8})"));
        CPPUNIT_ASSERT(tag != etagOf(R"({"a":2,"age_seconds":7})"));
        CPPUNIT_ASSERT(etagOf("{}").front() == '"' && etagOf("{}").back() == '"');
    }

    void thatTimePassesIsNoChangeOfAThing()
    {
        const std::string channel = R"({"state":"running","lag":{"tasks_pending":1},)"
                                    R"("pulled_at":{},"push":true})";
        const std::string later = R"({"state":"running","lag":{"tasks_pending":9,"oldest":3},)"
                                  R"("pulled_at":{"orders":"2026-11-20T12:00:00Z"},"push":true})";

        CPPUNIT_ASSERT(matches(etagOf(channel), later));
        CPPUNIT_ASSERT(!matches(etagOf(channel), R"({"state":"paused","lag":{"tasks_pending":1},)"
                                                 R"("pulled_at":{},"push":true})"));
        CPPUNIT_ASSERT(matches(etagOf(R"({"tasks":[{"age_seconds":7},{"age_seconds":null}]})"),
                               R"({"tasks":[{"age_seconds":19},{"age_seconds":3}]})"));
        CPPUNIT_ASSERT(!namesEtag(etagOf(channel), etagOf(later))); // but another answer
    }

    void whatLooksLikeAnAgeInATextIsPartOfTheThing()
    {
        CPPUNIT_ASSERT(!matches(etagOf(R"({"title":"\"age_seconds\":7"})"),
                                R"({"title":"\"age_seconds\":8"})"));
    }

    void whoeverHasTheAnswerMayHaveItPacked()
    {
        const std::string tag = etagOf("{}");

        CPPUNIT_ASSERT(namesEtag("\"x\", W/" + tag, tag));
        CPPUNIT_ASSERT(namesEtag("*", tag));
        CPPUNIT_ASSERT(!namesEtag("W/\"x\"", tag));
        CPPUNIT_ASSERT(!namesEtag("", tag));
    }

    void aChangeTakesNoWeakTag()
    {
        CPPUNIT_ASSERT(matches("\"x\" , " + etagOf("{}"), "{}"));
        CPPUNIT_ASSERT(matches("*", "{}"));
        for (const std::string& header : {"W/" + etagOf("{}"), std::string("\"x\""),
                                          std::string("x"), std::string("\""), std::string()})
            CPPUNIT_ASSERT_MESSAGE(header, !matches(header, "{}"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EtagTest);
