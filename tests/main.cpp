#include "support/Engines.h"
#include "support/Skip.h"
#include "support/Workers.h"

#include <cppunit/Exception.h>
#include <cppunit/Message.h>
#include <cppunit/SourceLine.h>
#include <cppunit/TestFailure.h>
#include <cppunit/TestListener.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestSuite.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace
{

using spokehub::test::engineLabel;
using spokehub::test::inProcesses;
using spokehub::test::Outcome;
using spokehub::test::skips;

std::string lastWord(const std::string& name)
{
    const auto colons = name.rfind("::");
    return colons == std::string::npos ? name : name.substr(colons + 2);
}

/// Tells each suite and each failure at once, so that a run that hangs or crashes has said where.
class Reporter final : public CppUnit::TestListener
{
public:
    explicit Reporter(std::ostream& out) : _out(out) {}

    void runSuite(CppUnit::Test& suite, CppUnit::TestResult& result)
    {
        const auto begun = std::chrono::steady_clock::now();
        const int passedBefore = passed;
        const int failedBefore = failed;
        _out << lastWord(suite.getName()) << std::flush;
        _lineOpen = true;

        suite.run(&result);

        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begun;
        if (!_lineOpen)
            _out << lastWord(suite.getName());
        _out << ": " << passed - passedBefore << " passed, " << failed - failedBefore << " failed, "
             << std::fixed << std::setprecision(1) << spent.count() << " s" << std::endl;
    }

    void startTest(CppUnit::Test*) override
    {
        _failed = false;
        _skipsBefore = skips();
    }

    void addFailure(const CppUnit::TestFailure& failure) override
    {
        _failed = true;
        const CppUnit::Exception* why = failure.thrownException();
        std::ostringstream text;
        text << "FAIL " << failure.failedTestName() << engineLabel() << "\n";
        if (why->sourceLine().isValid())
            text << "  " << why->sourceLine().fileName() << ":" << why->sourceLine().lineNumber()
                 << "\n";
        text << "  " << why->message().shortDescription() << "\n" << why->message().details();
        if (_lineOpen)
            _out << "\n";
        _lineOpen = false;
        _out << text.str() << std::flush;
        failures += text.str();
    }

    void endTest(CppUnit::Test*) override
    {
        if (_failed)
            ++failed;
        else if (skips() == _skipsBefore)
            ++passed;
    }

    int passed = 0;
    int failed = 0;
    std::string failures; // told again at the end of a long run

private:
    std::ostream& _out;
    bool _failed = false;
    bool _lineOpen = false; // the suite's name stands there alone
    int _skipsBefore = 0;
};

std::vector<CppUnit::Test*> suitesOf(CppUnit::Test& root)
{
    std::vector<CppUnit::Test*> suites;
    for (int i = 0; i < root.getChildTestCount(); ++i)
        suites.push_back(root.getChildTestAt(i));
    std::sort(suites.begin(), suites.end(),
              [](const auto* a, const auto* b) { return a->getName() < b->getName(); });
    return suites;
}

/// Keeps the suites that are named; false when a name fits none.
bool keepNamed(std::vector<CppUnit::Test*>& suites, std::span<char*> names)
{
    std::vector<CppUnit::Test*> kept;
    for (const std::string name : names) {
        const auto before = kept.size();
        for (CppUnit::Test* suite : suites)
            if (lastWord(suite->getName()) == name)
                kept.push_back(suite);
        if (kept.size() == before) {
            std::cerr << "tests: no suite is named " << name << "; `tests --list` shows them\n";
            return false;
        }
    }
    suites = std::move(kept);
    return true;
}

} // namespace

#ifdef __SANITIZE_THREAD__
/// libstdc++ counts the owners of an exception in code that the sanitizer does not see: who frees
/// it last races with nobody. Poco's server tells its connections of its end, which the stand-ins
/// meet.
extern "C" const char* __tsan_default_suppressions()
{
    return "race:std::__exception_ptr::exception_ptr::_M_release\n"
           "race:std::runtime_error::~runtime_error\n"
           "race:spokehub::spokes::ProcessLauncher::launch\n"
           "race:Poco::Net::HTTPServerConnection\n";
}
#endif

namespace
{

Outcome runSuite(CppUnit::Test& suite, std::ostream& out)
{
    const int skippedBefore = skips();
    CppUnit::TestResult result;
    Reporter reporter(out);
    result.addListener(&reporter);
    reporter.runSuite(suite, result);
    return {reporter.passed, reporter.failed, skips() - skippedBefore, reporter.failures};
}

Outcome runSuites(const std::vector<CppUnit::Test*>& suites, int processes)
{
    if (processes > 1)
        return inProcesses(
            processes, suites.size(),
            [&](std::size_t i, std::ostream& out) { return runSuite(*suites[i], out); },
            [&](std::size_t i) { return lastWord(suites[i]->getName()); });
    Outcome all;
    for (CppUnit::Test* suite : suites)
        all.add(runSuite(*suite, std::cout));
    return all;
}

} // namespace

/// `tests` runs all, `tests NAME...` the suites of these classes, `tests --list` names them;
/// `tests --processes N ...` runs them in so many processes.
int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN); // as in the daemon
    const std::unique_ptr<CppUnit::Test> root(
        CppUnit::TestFactoryRegistry::getRegistry().makeTest());
    std::vector<CppUnit::Test*> suites = suitesOf(*root);
    std::span<char*> names(argv + 1, static_cast<std::size_t>(argc - 1));
    if (names.size() == 1 && std::string(names[0]) == "--list") {
        for (const CppUnit::Test* suite : suites)
            std::cout << lastWord(suite->getName()) << "\n";
        return 0;
    }
    int processes = 1;
    if (names.size() >= 2 && std::string(names[0]) == "--processes") {
        processes = std::clamp(std::atoi(names[1]), 1, 16);
        names = names.subspan(2);
    }
    if (!names.empty() && !keepNamed(suites, names))
        return 2;

    const Outcome all = runSuites(suites, processes);
    if (suites.size() > 1)
        std::cout << all.failures;
    std::cout << all.passed << " passed, " << all.failed << " failed";
    if (all.skipped > 0)
        std::cout << ", " << all.skipped << " skipped";
    std::cout << "\n";
    return all.failed == 0 ? 0 : 1;
}
