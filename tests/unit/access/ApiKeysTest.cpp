#include "access/ApiKeys.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::access;

class ApiKeysTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ApiKeysTest);
    CPPUNIT_TEST(aKnownKeyNamesItsCaller);
    CPPUNIT_TEST(whatIsNotTheWholeKeyOpensNothing);
    CPPUNIT_TEST(anEmptySecretOpensNothing);
    CPPUNIT_TEST(aRoleThatNobodyKnowsIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void aKnownKeyNamesItsCaller()
    {
        const auto found = keys.find("second-secret");

        CPPUNIT_ASSERT(found.has_value());
        const auto* caller = &found->caller;
        CPPUNIT_ASSERT_EQUAL(std::string("main"), found->tenant);
        CPPUNIT_ASSERT_EQUAL(std::string("key:shop-floor"), caller->scope.actor);
        CPPUNIT_ASSERT_EQUAL(mainTenant, caller->scope.tenant);
        CPPUNIT_ASSERT(caller->permissions == Roles().of("viewer"));
    }

    void whatIsNotTheWholeKeyOpensNothing()
    {
        for (const char* key :
             {"second-secre", "second-secretx", "SECOND-SECRET", " second-secret", "x"})
            CPPUNIT_ASSERT_MESSAGE(key, !keys.find(key));
    }

    void anEmptySecretOpensNothing()
    {
        const ApiKeys careless({{"careless", Secret(""), "admin"}}, Roles());

        CPPUNIT_ASSERT(!careless.find(""));
    }

    void aRoleThatNobodyKnowsIsRefused()
    {
        CPPUNIT_ASSERT_THROW(ApiKeys({{"x", Secret("secret"), "root"}}, Roles()), Error);
    }

private:
    const ApiKeys keys{{{"admin", Secret("first-secret"), "admin"},
                        {"shop-floor", Secret("second-secret"), "viewer"}},
                       Roles()};
};

CPPUNIT_TEST_SUITE_REGISTRATION(ApiKeysTest);
