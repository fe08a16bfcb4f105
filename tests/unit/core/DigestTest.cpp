#include "core/Digest.h"

#include <cppunit/extensions/HelperMacros.h>

namespace spokehub
{

class DigestTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DigestTest);
    CPPUNIT_TEST(knownTextsGiveTheStandardsDigests);
    CPPUNIT_TEST(hexIsLowerCaseWithBothDigitsOfEachByte);
    CPPUNIT_TEST_SUITE_END();

    // FIPS 180-2, appendix B.
    void knownTextsGiveTheStandardsDigests()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            sha256Hex("abc"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            sha256Hex(""));
    }

    void hexIsLowerCaseWithBothDigitsOfEachByte()
    {
        const unsigned char bytes[] = {0x00, 0x0a, 0xf5, 0xff};
        CPPUNIT_ASSERT_EQUAL(std::string("000af5ff"), hexOf(bytes));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DigestTest);

} // namespace spokehub
