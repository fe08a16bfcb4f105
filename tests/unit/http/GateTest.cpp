#include "http/Gate.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub::http;

class GateTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GateTest);
    CPPUNIT_TEST(connectionsAreCountedInAllAndByAddress);
    CPPUNIT_TEST(anIpv6NetworkCountsAsOneAddress);
    CPPUNIT_TEST(aTrustedProxyIsNotBoundAsOneAddress);
    CPPUNIT_TEST(bodiesShareOneBudget);
    CPPUNIT_TEST_SUITE_END();

    static Address at(std::string_view text) { return Address::parse(text).value(); }

public:
    void connectionsAreCountedInAllAndByAddress()
    {
        Gate gate(3, 2, 0, {});

        CPPUNIT_ASSERT(gate.enter(at("192.0.2.1")) == Gate::Entry::Open);
        CPPUNIT_ASSERT(gate.enter(at("::ffff:192.0.2.1")) == Gate::Entry::Open);
        CPPUNIT_ASSERT(gate.enter(at("192.0.2.1")) == Gate::Entry::AddressFull);
        CPPUNIT_ASSERT(gate.enter(at("192.0.2.2")) == Gate::Entry::Open);
        CPPUNIT_ASSERT(gate.enter(at("192.0.2.3")) == Gate::Entry::Full);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, gate.connections());

        gate.leave(at("192.0.2.1"));
        CPPUNIT_ASSERT(gate.enter(at("192.0.2.1")) == Gate::Entry::Open);
    }

    void anIpv6NetworkCountsAsOneAddress()
    {
        Gate gate(10, 1, 0, {});

        CPPUNIT_ASSERT(gate.enter(at("2001:db8:0:1::1")) == Gate::Entry::Open);
        CPPUNIT_ASSERT(gate.enter(at("2001:db8:0:1:ffff::2")) == Gate::Entry::AddressFull);
        CPPUNIT_ASSERT(gate.enter(at("2001:db8:0:2::1")) == Gate::Entry::Open);
    }

    void aTrustedProxyIsNotBoundAsOneAddress()
    {
        Gate gate(10, 1, 0, {AddressRange::parse("192.0.2.0/30").value()});

        CPPUNIT_ASSERT(gate.enter(at("192.0.2.3")) == Gate::Entry::Open);
        CPPUNIT_ASSERT(gate.enter(at("192.0.2.3")) == Gate::Entry::Open);
        CPPUNIT_ASSERT(!gate.isProxy(at("192.0.2.4")));
        gate.leave(at("192.0.2.3"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, gate.connections());
    }

    void bodiesShareOneBudget()
    {
        Gate gate(1, 1, 100, {});

        CPPUNIT_ASSERT(gate.reserve(60));
        CPPUNIT_ASSERT(!gate.reserve(41));
        CPPUNIT_ASSERT(!gate.reserve(static_cast<std::size_t>(-1)));
        CPPUNIT_ASSERT(gate.reserve(40));
        gate.release(60);
        CPPUNIT_ASSERT_EQUAL(std::size_t{40}, gate.bodyBytes());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GateTest);
