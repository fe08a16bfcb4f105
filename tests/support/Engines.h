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

/// Makes a suite known while it lives.
template <class Fixture, bool sqliteToo>
class RegisterOnEngines
{
public:
    RegisterOnEngines() { CppUnit::TestFactoryRegistry::getRegistry().registerFactory(&_factory); }
    ~RegisterOnEngines()
    {
        CppUnit::TestFactoryRegistry::getRegistry().unregisterFactory(&_factory);
    }
    RegisterOnEngines(const RegisterOnEngines&) = delete;
    RegisterOnEngines& operator=(const RegisterOnEngines&) = delete;

private:
    EnginesFactory<Fixture, sqliteToo> _factory;
};

} // namespace spokehub::test

/// In place of CPPUNIT_TEST_SUITE_REGISTRATION for suites that open a TestDatabase.
#define SPOKEHUB_TEST_ON_BOTH_ENGINES(Fixture)                                                     \
    static const spokehub::test::RegisterOnEngines<Fixture, true> registered##Fixture

/// The same for what only PostgreSQL can do.
#define SPOKEHUB_TEST_ON_POSTGRES(Fixture)                                                         \
    static const spokehub::test::RegisterOnEngines<Fixture, false> registered##Fixture
