#include "api/PasswordDesk.h"

#include "core/Error.h"
#include "support/TestClock.h"

#include <cppunit/extensions/HelperMacros.h>

#include <future>
#include <vector>

using namespace spokehub;
using namespace spokehub::api;
using Clockwork = std::chrono::steady_clock;

class PasswordDeskTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PasswordDeskTest);
    CPPUNIT_TEST(workIsAnsweredAndSoIsWhatItThrows);
    CPPUNIT_TEST(aWrongPasswordIsAnsweredLateAndAGoodOneAtOnce);
    CPPUNIT_TEST(whoFailedOftenWaitsButIsLetIn);
    CPPUNIT_TEST(aFloodIsTurnedAway);
    CPPUNIT_TEST(endingDropsWhatWaits);
    CPPUNIT_TEST_SUITE_END();

    test::TestClock clock;
    std::optional<PasswordDesk> desk;

    struct Answer
    {
        std::promise<http::Response> promise;
        Reply reply{"req_test",
                    [this](http::Response response) { promise.set_value(std::move(response)); }};
        int status()
        {
            auto future = promise.get_future();
            CPPUNIT_ASSERT(future.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
            return future.get().status;
        }
    };

    int attempt(const std::string& account, bool good)
    {
        Answer answer;
        desk->attempt(answer.reply, {account, "", "wrong"},
                      [good] { return good ? std::optional(http::Response{}) : std::nullopt; });
        return answer.status();
    }

public:
    void setUp() override { desk.emplace(clock); }
    void tearDown() override { desk.reset(); }

    void workIsAnsweredAndSoIsWhatItThrows()
    {
        Answer good;
        Answer bad;
        desk->run(good.reply, [] { return jsonResponse("{}", 201); });
        desk->run(bad.reply, []() -> http::Response { throw Error(Refusal::Conflict, "taken"); });

        CPPUNIT_ASSERT_EQUAL(201, good.status());
        CPPUNIT_ASSERT_EQUAL(409, bad.status());
    }

    void aWrongPasswordIsAnsweredLateAndAGoodOneAtOnce()
    {
        const auto began = Clockwork::now();
        CPPUNIT_ASSERT_EQUAL(401, attempt("ann", false));
        CPPUNIT_ASSERT(Clockwork::now() - began >= PasswordDesk::wrongTakes);
        CPPUNIT_ASSERT_EQUAL(200, attempt("ann", true));
    }

    void whoFailedOftenWaitsButIsLetIn()
    {
        std::vector<std::unique_ptr<Answer>> answers;
        for (int i = 0; i < access::Guesses::freeOfAccount; ++i) {
            answers.push_back(std::make_unique<Answer>());
            desk->attempt(answers.back()->reply, {"ann", "", "wrong"}, [] { return std::nullopt; });
        }
        for (const auto& answer : answers)
            CPPUNIT_ASSERT_EQUAL(401, answer->status());

        const auto began = Clockwork::now();
        CPPUNIT_ASSERT_EQUAL(200, attempt("ann", true));
        CPPUNIT_ASSERT(Clockwork::now() - began >= std::chrono::milliseconds(250));
    }

    void aFloodIsTurnedAway()
    {
        std::promise<void> open;
        const std::shared_future<void> opened = open.get_future().share();
        std::vector<std::unique_ptr<Answer>> answers;
        for (int i = 0; i < 200; ++i) {
            answers.push_back(std::make_unique<Answer>());
            desk->run(answers.back()->reply, [opened] {
                opened.wait();
                return http::Response{};
            });
        }
        open.set_value();

        int turnedAway = 0;
        for (const auto& answer : answers)
            turnedAway += answer->status() == 503 ? 1 : 0;
        CPPUNIT_ASSERT(turnedAway >= 100);
        CPPUNIT_ASSERT(turnedAway < 200);
    }

    void endingDropsWhatWaits()
    {
        for (int i = 0; i < 20; ++i)
            desk->attempt(Reply("req_test", [](http::Response) {}), {"ann", "", "wrong"},
                          [] { return std::nullopt; });

        const auto began = Clockwork::now();
        desk.reset();

        CPPUNIT_ASSERT(Clockwork::now() - began < std::chrono::seconds(5));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PasswordDeskTest);
