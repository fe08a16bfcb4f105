#include "api/Caller.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::api;

class CallerTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CallerTest);
    CPPUNIT_TEST(aKeyIsTakenFromEachOfThreeHeaders);
    CPPUNIT_TEST(aMissingOrWrongKeyIsUnauthorized);
    CPPUNIT_TEST(twoAuthorizationsAreUnauthorized);
    CPPUNIT_TEST_SUITE_END();

public:
    void aKeyIsTakenFromEachOfThreeHeaders()
    {
        for (const http::Header& header :
             std::vector<http::Header>{{"authorization", "Bearer secret"},
                                       {"Authorization", "bearer  secret"},
                                       {"X-API-Key", "secret"},
                                       {"x-admin-key", "secret"}})
        {
            http::Request request;
            request.headers = {header};

            CPPUNIT_ASSERT_EQUAL_MESSAGE(header.value, std::string("key:admin"),
                                         callerOf(request, keys).scope.actor);
        }
    }

    void aMissingOrWrongKeyIsUnauthorized()
    {
        refuses({});
        refuses({{"Authorization", "Basic secret"}});
        refuses({{"Authorization", "Bearer"}});
        refuses({{"Authorization", "Bearer "}});
        refuses({{"Authorization", "Bearer wrong"}});
        refuses({{"Authorization", "Bearer wrong"}, {"X-Api-Key", "secret"}});
        refuses({{"X-Api-Key", ""}});
    }

    void twoAuthorizationsAreUnauthorized()
    {
        refuses({{"Authorization", "Bearer secret"}, {"Authorization", "Bearer secret"}});
    }

private:
    void refuses(std::vector<http::Header> headers) const
    {
        http::Request request;
        request.headers = std::move(headers);
        try {
            callerOf(request, keys);
            CPPUNIT_FAIL("was let in");
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.refusal() == Refusal::Unauthorized);
        }
    }

    const access::ApiKeys keys{{{"admin", Secret("secret"), "admin"}}, Roles()};
};

CPPUNIT_TEST_SUITE_REGISTRATION(CallerTest);
