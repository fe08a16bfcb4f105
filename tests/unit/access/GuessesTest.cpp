#include "access/Guesses.h"

#include "core/Error.h"
#include "support/TestClock.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::access;
using namespace std::chrono_literals;

class GuessesTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GuessesTest);
    CPPUNIT_TEST(eachFailureAtAnAccountDoublesTheWaitUpToABound);
    CPPUNIT_TEST(manyAtOnceWaitAsIfTheyCameInTurn);
    CPPUNIT_TEST(anAddressIsSlowedAcrossAccounts);
    CPPUNIT_TEST(successEndsTheWaitOfTheAccount);
    CPPUNIT_TEST(successDoesNotForgiveAnAddress);
    CPPUNIT_TEST(whatIsLongAgoIsForgotten);
    CPPUNIT_TEST(anAddressHasNoMoreThanSoManyAtOnce);
    CPPUNIT_TEST(anAddressThatSaysNothingIsNotCounted);
    CPPUNIT_TEST_SUITE_END();

    std::int64_t attempt(const std::string& account, const std::string& address, bool good = false)
    {
        const auto wait = guesses.begin(account, address);
        guesses.end(account, address, good);
        return wait.count();
    }

    test::TestClock clock;
    Guesses guesses{clock};

public:
    void eachFailureAtAnAccountDoublesTheWaitUpToABound()
    {
        const std::vector<std::int64_t> expected{0,    0,    0,    250,    500,    1000,
                                                 2000, 4000, 8000, 10'000, 10'000, 10'000};
        std::vector<std::int64_t> waits;
        for (std::size_t i = 0; i < expected.size(); ++i)
            waits.push_back(attempt("ann", "192.0.2." + std::to_string(i)));

        CPPUNIT_ASSERT(expected == waits);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, attempt("bob", "192.0.2.100"));
    }

    void manyAtOnceWaitAsIfTheyCameInTurn()
    {
        std::vector<std::int64_t> waits;
        for (int i = 0; i < 6; ++i)
            waits.push_back(guesses.begin("ann", "192.0.2." + std::to_string(i)).count());

        CPPUNIT_ASSERT((std::vector<std::int64_t>{0, 0, 0, 250, 500, 1000} == waits));
    }

    void anAddressIsSlowedAcrossAccounts()
    {
        for (int i = 0; i < Guesses::freeOfAddress; ++i)
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, attempt("u" + std::to_string(i), "192.0.2.1"));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{250}, attempt("x", "192.0.2.1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{500}, attempt("y", "192.0.2.1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, attempt("z", "192.0.2.2"));
    }

    void successEndsTheWaitOfTheAccount()
    {
        for (int i = 0; i < 6; ++i)
            attempt("ann", "192.0.2." + std::to_string(i));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2000}, attempt("ann", "192.0.2.50", true));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, attempt("ann", "192.0.2.51"));
    }

    void successDoesNotForgiveAnAddress()
    {
        for (int i = 0; i < Guesses::freeOfAddress + 1; ++i) {
            attempt("victim" + std::to_string(i), "192.0.2.1");
            attempt("mallory", "192.0.2.1", true);
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{500}, attempt("x", "192.0.2.1"));
    }

    void whatIsLongAgoIsForgotten()
    {
        for (int i = 0; i < 6; ++i)
            attempt("ann", "192.0.2.1");
        clock.advance(Guesses::remembered + 1s);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, attempt("ann", "192.0.2.1"));
    }

    void anAddressHasNoMoreThanSoManyAtOnce()
    {
        for (int i = 0; i < Guesses::atOnceMax; ++i)
            guesses.begin("u" + std::to_string(i), "192.0.2.1");

        CPPUNIT_ASSERT_THROW(guesses.begin("x", "192.0.2.1"), Error);
        guesses.begin("x", "192.0.2.2");
        guesses.end("u0", "192.0.2.1", false);
        guesses.begin("x", "192.0.2.1");
    }

    void anAddressThatSaysNothingIsNotCounted()
    {
        for (int i = 0; i < 100; ++i)
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                                 guesses.begin("u" + std::to_string(i), "").count());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GuessesTest);
