#include "access/EcKey.h"

#include "access/Secrets.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub::access;

class EcKeyTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EcKeyTest);
    CPPUNIT_TEST(whatAKeySignsItsPointVerifies);
    CPPUNIT_TEST(aSignatureAlwaysHas64Bytes);
    CPPUNIT_TEST(theSignatureOfTheStandardVerifies);
    CPPUNIT_TEST(whatIsNoPointIsNoKey);
    CPPUNIT_TEST_SUITE_END();

public:
    void whatAKeySignsItsPointVerifies()
    {
        const EcKey key = EcKey::generate();
        const std::string signature = key.sign("data");
        const auto other = EcKey::fromPoint(key.point());

        CPPUNIT_ASSERT(other.value().verifies("data", signature));
        CPPUNIT_ASSERT(!other->verifies("date", signature));
        CPPUNIT_ASSERT(!EcKey::generate().verifies("data", signature));
        std::string bent = signature;
        bent[40] = static_cast<char>(bent[40] ^ 1);
        CPPUNIT_ASSERT(!other->verifies("data", bent));
        CPPUNIT_ASSERT(!other->verifies("data", signature.substr(1)));
        CPPUNIT_ASSERT(!other->verifies("data", std::string(64, '\0')));
    }

    void aSignatureAlwaysHas64Bytes()
    {
        const EcKey key = EcKey::generate();
        for (int i = 0; i < 600; ++i) { // some begin with zero bytes
            const std::string signature = key.sign(std::to_string(i));
            CPPUNIT_ASSERT_EQUAL(std::size_t{64}, signature.size());
            CPPUNIT_ASSERT(key.verifies(std::to_string(i), signature));
        }
    }

    /// RFC 7515, A.3.
    void theSignatureOfTheStandardVerifies()
    {
        const auto x = fromBase64Url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        const auto y = fromBase64Url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        const auto key = EcKey::fromPoint("\x04" + x.value() + y.value());

        CPPUNIT_ASSERT(key.value().verifies(
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            fromBase64Url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKT"
                          "UJqPP3-Kg6NU1Q")
                .value()));
    }

    void whatIsNoPointIsNoKey()
    {
        const std::string good = EcKey::generate().point();
        std::string off = good;
        off[40] = static_cast<char>(off[40] ^ 1);

        for (const std::string& point :
             {std::string(), good.substr(1), good + "x", off, "\x02" + good.substr(1, 32)})
            CPPUNIT_ASSERT(!EcKey::fromPoint(point));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EcKeyTest);
