#include "http/Address.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub::http;

class AddressTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AddressTest);
    CPPUNIT_TEST(addressesAreShownInOneForm);
    CPPUNIT_TEST(whatIsNoAddressIsRefused);
    CPPUNIT_TEST(loopbackIsKnownInEveryForm);
    CPPUNIT_TEST(rangesHoldWhatTheyCover);
    CPPUNIT_TEST_SUITE_END();

    static bool holds(std::string_view range, std::string_view address)
    {
        return AddressRange::parse(range).value().contains(Address::parse(address).value());
    }

public:
    void addressesAreShownInOneForm()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.1"), Address::parse("192.0.2.1")->text());
        CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.1"), Address::parse("::ffff:192.0.2.1")->text());
        CPPUNIT_ASSERT_EQUAL(std::string("2001:db8::1"), Address::parse("2001:0DB8:0::1")->text());
    }

    void whatIsNoAddressIsRefused()
    {
        for (const char* text :
             {"", "a", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::g", "1::2::3", "[::1]"})
            CPPUNIT_ASSERT_MESSAGE(text, !Address::parse(text));
        for (const char* text :
             {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0.0/8x"})
            CPPUNIT_ASSERT_MESSAGE(text, !AddressRange::parse(text));
    }

    void loopbackIsKnownInEveryForm()
    {
        for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
            CPPUNIT_ASSERT_MESSAGE(text, Address::parse(text)->isLoopback());
        for (const char* text : {"128.0.0.1", "::", "::2", "1::1"})
            CPPUNIT_ASSERT_MESSAGE(text, !Address::parse(text)->isLoopback());
    }

    void rangesHoldWhatTheyCover()
    {
        CPPUNIT_ASSERT(holds("10.0.0.0/8", "10.255.0.1"));
        CPPUNIT_ASSERT(!holds("10.0.0.0/8", "11.0.0.1"));
        CPPUNIT_ASSERT(holds("192.0.2.4/31", "192.0.2.5"));
        CPPUNIT_ASSERT(!holds("192.0.2.4/31", "192.0.2.6"));
        CPPUNIT_ASSERT(holds("192.0.2.1", "192.0.2.1"));
        CPPUNIT_ASSERT(!holds("192.0.2.1", "192.0.2.2"));
        CPPUNIT_ASSERT(holds("0.0.0.0/0", "192.0.2.2"));
        CPPUNIT_ASSERT(!holds("0.0.0.0/0", "2001:db8::1"));
        CPPUNIT_ASSERT(holds("2001:db8::/33", "2001:db8:7fff::1"));
        CPPUNIT_ASSERT(!holds("2001:db8::/33", "2001:db8:8000::1"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AddressTest);
