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

/// Runs a suite once on SQLite and once on PostgreSQL; owns it.
CppUnit::Test* onBothEngines(CppUnit::Test* sqlite, CppUnit::Test* postgres);

template <class Fixture>
class BothEnginesFactory final : public CppUnit::TestFactory
{
public:
    CppUnit::Test* makeTest() override { return onBothEngines(Fixture::suite(), Fixture::suite()); }
};

struct RegisterBothEngines
{
    explicit RegisterBothEngines(CppUnit::TestFactory* factory)
    {
        CppUnit::TestFactoryRegistry::getRegistry().registerFactory(factory);
    }
};

} // namespace spokehub::test

/// In place of CPPUNIT_TEST_SUITE_REGISTRATION for suites that open a TestDatabase.
#define SPOKEHUB_TEST_ON_BOTH_ENGINES(Fixture)                                                                \
    static const spokehub::test::RegisterBothEngines registered##Fixture(                                     \
        new spokehub::test::BothEnginesFactory<Fixture>)
