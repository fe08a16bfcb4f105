#pragma once

#include "store/Statement.h"

#include <cppunit/extensions/TestFactory.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <string>

namespace spokehub::test
{

/// The engine that the running test is meant for: TestDatabase opens one of it. SQLite outside of
/// SPOKEHUB_TEST_ON_BOTH_ENGINES.
store::Engine engine();

/// " [postgres]" while a test runs on both engines in turn, else nothing.
std::string engineLabel();

/// Runs a suite once on SQLite and once on PostgreSQL; owns both. `sqlite` may be null.
CppUnit::Test* onEngines(CppUnit::Test* sqlite, CppUnit::Test* postgres);

template <class Fixture, bool sqliteToo>
class EnginesFactory final : public CppUnit::TestFactory
{
public:
    CppUnit::Test* makeTest() override
    {
        return onEngines(sqliteToo ? Fixture::suite() : nullptr, Fixture::suite());
    }
};

struct RegisterEngines
{
    explicit RegisterEngines(CppUnit::TestFactory* factory)
    {
        CppUnit::TestFactoryRegistry::getRegistry().registerFactory(factory);
    }
};

} // namespace spokehub::test

/// In place of CPPUNIT_TEST_SUITE_REGISTRATION for suites that open a TestDatabase.
#define SPOKEHUB_TEST_ON_BOTH_ENGINES(Fixture)                                                                \
    static const spokehub::test::RegisterEngines registered##Fixture(                                         \
        new spokehub::test::EnginesFactory<Fixture, true>)

/// The same for what only PostgreSQL can do.
#define SPOKEHUB_TEST_ON_POSTGRES(Fixture)                                                                    \
    static const spokehub::test::RegisterEngines registered##Fixture(                                         \
        new spokehub::test::EnginesFactory<Fixture, false>)
