#include "access/Passwords.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub::access;

class PasswordsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PasswordsTest);
    CPPUNIT_TEST(aPasswordVerifiesAgainstItsHashAlone);
    CPPUNIT_TEST(nothingIsTruncated);
    CPPUNIT_TEST(bcryptOfEarlierSystemsVerifiesAndIsNotCurrent);
    CPPUNIT_TEST(whatIsNoHashVerifiesNothing);
    CPPUNIT_TEST(aGoodPasswordNeedsNoKindsOfCharacters);
    CPPUNIT_TEST(lengthCountsCharactersAndHasBounds);
    CPPUNIT_TEST(commonWordsNamesAndRunsAreNoPassword);
    CPPUNIT_TEST_SUITE_END();

    // A vector of jBCrypt's tests; for such a password the three forms do not differ.
    static constexpr const char* alphabet = "abcdefghijklmnopqrstuvwxyz";
    static constexpr const char* bcrypts[] = {
        "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
        "$2b$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
        "$2y$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"};

public:
    void aPasswordVerifiesAgainstItsHashAlone()
    {
        const std::string hash = passwordHash("correct horse battery staple");

        CPPUNIT_ASSERT(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        CPPUNIT_ASSERT(isCurrent(hash));
        CPPUNIT_ASSERT(isPasswordHash(hash));
        CPPUNIT_ASSERT(verifies(hash, "correct horse battery staple"));
        CPPUNIT_ASSERT(!verifies(hash, "correct horse battery stapl"));
        CPPUNIT_ASSERT(!verifies(hash, ""));
        CPPUNIT_ASSERT(hash != passwordHash("correct horse battery staple"));
    }

    void nothingIsTruncated()
    {
        const std::string longOne(256, 'x');
        const std::string hash = passwordHash(longOne + "1");

        CPPUNIT_ASSERT(verifies(hash, longOne + "1"));
        CPPUNIT_ASSERT(!verifies(hash, longOne + "2"));
        CPPUNIT_ASSERT(!verifies(passwordHash(std::string("a\0b", 3)), std::string("a\0c", 3)));
    }

    void bcryptOfEarlierSystemsVerifiesAndIsNotCurrent()
    {
        for (const char* hash : bcrypts) {
            CPPUNIT_ASSERT_MESSAGE(hash, verifies(hash, alphabet));
            CPPUNIT_ASSERT_MESSAGE(hash, !verifies(hash, "Abcdefghijklmnopqrstuvwxyz"));
            CPPUNIT_ASSERT_MESSAGE(hash, isPasswordHash(hash));
            CPPUNIT_ASSERT_MESSAGE(hash, !isCurrent(hash));
        }
        CPPUNIT_ASSERT(!verifies(bcrypts[1], alphabet + std::string("\0x", 2)));
    }

    void whatIsNoHashVerifiesNothing()
    {
        std::string dear = bcrypts[0];
        dear[4] = '3'; // would take days
        for (const std::string& hash :
             {std::string(), std::string("secret"), std::string("$1$salt$hash"),
              std::string("$argon2id$"), std::string("$argon2id$v=19$m=19456,t=2,p=1$"), dear,
              std::string(bcrypts[0]).substr(0, 59), std::string("$2x$") + (bcrypts[0] + 4)})
        {
            CPPUNIT_ASSERT_MESSAGE(hash, !verifies(hash, "secret"));
            CPPUNIT_ASSERT_MESSAGE(hash, !verifies(hash, alphabet));
            CPPUNIT_ASSERT_MESSAGE(hash, !verifies(hash, ""));
        }
        CPPUNIT_ASSERT(!isPasswordHash(dear));
    }

    void aGoodPasswordNeedsNoKindsOfCharacters()
    {
        for (const char* good :
             {"correct horse battery staple", "kranichflugwetter", "839472610573", "ÄÖÜäöüßéèêñç",
              "  blanks count as well  ", "h7#Qp!29zLm4"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(good, std::string(), weaknessOf(good, "ann", 12));
    }

    void lengthCountsCharactersAndHasBounds()
    {
        const std::string twelve = "kranichflugw";

        CPPUNIT_ASSERT_EQUAL(std::string(), weaknessOf(twelve, "ann", 12));
        CPPUNIT_ASSERT_EQUAL(std::string("is shorter than 12 characters"),
                             weaknessOf(twelve.substr(1), "ann", 12));
        CPPUNIT_ASSERT_EQUAL(std::string("is shorter than 12 characters"),
                             weaknessOf("ÄÖÜäöüÄÖÜ", "ann", 12));
        std::string longOne;
        while (longOne.size() < 252)
            longOne += "kranichflugw";
        CPPUNIT_ASSERT_EQUAL(std::string(), weaknessOf(longOne + "qxvz", "ann", 12));
        CPPUNIT_ASSERT_EQUAL(std::string("is longer than 256 characters"),
                             weaknessOf(longOne + "qxvzb", "ann", 12));
        CPPUNIT_ASSERT_EQUAL(std::string("is not text"),
                             weaknessOf("kranich\xff-flugwetter", "ann", 12));
        CPPUNIT_ASSERT_EQUAL(std::string("is not text"),
                             weaknessOf(std::string("kranich\0flugwetter", 18), "ann", 12));
    }

    void commonWordsNamesAndRunsAreNoPassword()
    {
        for (const char* bad :
             {"passwordpassword", "Password1234", "P@ssw0rd2026!", "spokehub-admin", "Spokehub2026",
              "shopify-shopify", "aaaaaaaaaaaaaaa", "123456789012", "qwertyuiop123",
              "abcdefghijklm", "0987654321qwe", "welcome12345", "annette-annette", "annette123456",
              "letmein-letmein", "warehouse-admin1", "summer-winter-1"})
            CPPUNIT_ASSERT_MESSAGE(bad, weaknessOf(bad, "Annette", 12).starts_with("is made of"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PasswordsTest);
