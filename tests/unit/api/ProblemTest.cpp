#include "api/Problem.h"

#include "core/Json.h"
#include "store/StoreError.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <set>

using namespace spokehub;
using namespace spokehub::api;

class ProblemTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProblemTest);
    CPPUNIT_TEST(everyRefusalHasItsStatusAndCode);
    CPPUNIT_TEST(aRefusalKeepsItsWordsAndFields);
    CPPUNIT_TEST(whatPassesIsUnavailableWithATimeToComeBack);
    CPPUNIT_TEST(whatNobodyForesawTellsNothingOfTheInside);
    CPPUNIT_TEST(anUnauthorizedCallerIsToldHow);
    CPPUNIT_TEST(theDocumentIsThatOfRfc9457);
    CPPUNIT_TEST_SUITE_END();

    template <class Thrown>
    static Problem of(Thrown thrown)
    {
        return problemOf(std::make_exception_ptr(std::move(thrown)));
    }

public:
    void everyRefusalHasItsStatusAndCode()
    {
        const std::vector<std::tuple<Refusal, int, std::string_view>> table = {
            {Refusal::BadRequest, 400, "bad_request"},
            {Refusal::Unauthorized, 401, "unauthorized"},
            {Refusal::Forbidden, 403, "forbidden"},
            {Refusal::NotFound, 404, "not_found"},
            {Refusal::Conflict, 409, "conflict"},
            {Refusal::OutOfStock, 409, "out_of_stock"},
            {Refusal::QuotaExceeded, 403, "quota_exceeded"},
            {Refusal::TooLarge, 413, "too_large"},
            {Refusal::UnsupportedMedia, 415, "unsupported_media_type"},
            {Refusal::PreconditionFailed, 412, "precondition_failed"},
            {Refusal::Unprocessable, 422, "unprocessable"},
            {Refusal::TooManyRequests, 429, "too_many_requests"},
            {Refusal::Unavailable, 503, "unavailable"},
        };
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(Refusal::Unavailable) + 1, table.size());
        for (const auto& [refusal, status, code] : table) {
            const Problem problem = of(Error(refusal, "why"));

            CPPUNIT_ASSERT_EQUAL(status, problem.status);
            CPPUNIT_ASSERT_EQUAL(code, problem.code);
            CPPUNIT_ASSERT_EQUAL(status == 429 || status == 503, problem.retryAfter.has_value());
        }
    }

    void aRefusalKeepsItsWordsAndFields()
    {
        const Problem problem =
            of(Error(Refusal::OutOfStock, "LEG-S: 6 asked, 5 available", {{"quantity", "is 6"}}));

        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S: 6 asked, 5 available"), problem.detail);
        CPPUNIT_ASSERT_EQUAL(std::string("quantity"), problem.errors.at(0).field);
    }

    void whatPassesIsUnavailableWithATimeToComeBack()
    {
        using store::Failure;
        for (const Failure failure : {Failure::ConnectionLost, Failure::Busy, Failure::Conflict,
                                      Failure::Full, Failure::ReadOnly, Failure::UnknownOutcome})
        {
            const Problem problem =
                of(store::StoreError(failure, "57P01", "host 10.1.2.3 is gone"));

            CPPUNIT_ASSERT_EQUAL_MESSAGE(store::name(failure), 503, problem.status);
            CPPUNIT_ASSERT(problem.retryAfter.has_value());
            CPPUNIT_ASSERT(problem.detail.find("10.1.2.3") == std::string::npos);
        }
    }

    void whatNobodyForesawTellsNothingOfTheInside()
    {
        for (const Problem& problem :
             {of(std::runtime_error("secret inside")), of(7),
              of(store::StoreError(store::Failure::Other, "42601", "secret inside"))})
        {
            CPPUNIT_ASSERT_EQUAL(500, problem.status);
            CPPUNIT_ASSERT_EQUAL(std::string_view("internal"), problem.code);
            CPPUNIT_ASSERT(problem.detail.find("secret") == std::string::npos);
        }
    }

    void anUnauthorizedCallerIsToldHow()
    {
        const auto response = responseOf(of(Error(Refusal::Unauthorized, "no key")), "req_1");

        CPPUNIT_ASSERT(std::ranges::any_of(response.headers, [](const http::Header& header) {
            return header.name == "WWW-Authenticate" && header.value.starts_with("Bearer");
        }));
    }

    void theDocumentIsThatOfRfc9457()
    {
        Problem problem = of(Error(Refusal::OutOfStock, "LEG-S: none", {{"quantity", "is 1"}}));
        problem.retryAfter = 3;

        const auto response = responseOf(problem, "req_1");

        CPPUNIT_ASSERT_EQUAL(409, response.status);
        CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), response.contentType);
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"type":"/problems/out-of-stock","title":"Out of stock","status":409,)"
                        R"("code":"out_of_stock","detail":"LEG-S: none",)"
                        R"("errors":[{"field":"quantity","reason":"is 1"}],"request_id":"req_1"})"),
            response.body);
        CPPUNIT_ASSERT_EQUAL(std::string("Retry-After"), response.headers.at(0).name);
        CPPUNIT_ASSERT_EQUAL(std::string("3"), response.headers.at(0).value);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProblemTest);
