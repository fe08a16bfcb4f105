#include "support/Engines.h"

#include "support/Skip.h"

#include <cppunit/Test.h>
#include <cppunit/TestResult.h>

#include <cstdlib>
#include <memory>

namespace spokehub::test
{

namespace
{

store::Engine current = store::Engine::Sqlite;
bool labelled = false;

class Engines final : public CppUnit::Test
{
public:
    Engines(CppUnit::Test* sqlite, CppUnit::Test* postgres) : _sqlite(sqlite), _postgres(postgres)
    {
    }

    void run(CppUnit::TestResult* result) override
    {
        labelled = true;
        if (_sqlite != nullptr)
            _sqlite->run(result);
        if (std::getenv("SPOKEHUB_TEST_PG") == nullptr) {
            skip("store and flow tests on PostgreSQL: SPOKEHUB_TEST_PG is not set "
                 "(eval \"$(tests/support/postgres.sh start DIR)\" sets it)",
                 _postgres->countTestCases());
        } else {
            current = store::Engine::Postgres;
            _postgres->run(result);
            current = store::Engine::Sqlite;
        }
        labelled = false;
    }

    int countTestCases() const override
    {
        return (_sqlite != nullptr ? _sqlite->countTestCases() : 0) + _postgres->countTestCases();
    }
    int getChildTestCount() const override { return _sqlite != nullptr ? 2 : 1; }
    std::string getName() const override { return _postgres->getName(); }

protected:
    CppUnit::Test* doGetChildTestAt(int index) const override
    {
        return index == 0 && _sqlite != nullptr ? _sqlite.get() : _postgres.get();
    }

private:
    std::unique_ptr<CppUnit::Test> _sqlite;
    std::unique_ptr<CppUnit::Test> _postgres;
};

} // namespace

store::Engine engine()
{
    return current;
}

std::string engineLabel()
{
    if (!labelled)
        return "";
    return current == store::Engine::Sqlite ? " [sqlite]" : " [postgres]";
}

CppUnit::Test* onEngines(CppUnit::Test* sqlite, CppUnit::Test* postgres)
{
    return new Engines(sqlite, postgres);
}

} // namespace spokehub::test
