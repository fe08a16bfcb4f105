#include "check/Runner.h"

#include "support/Paths.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <set>

using namespace spokehub::check;
namespace fs = std::filesystem;

namespace
{

fs::path source(const std::string& path)
{
    return fs::path(spokehub::test::sourceDir) / path;
}

fs::path built(const std::string& path)
{
    return fs::path(spokehub::test::binaryDir) / path;
}

/// The faulty spoke with one fault, named after the check that must catch it.
class WithFault
{
public:
    explicit WithFault(const std::string& fault) { setenv("SPOKEHUB_FAULT", fault.c_str(), 1); }
    ~WithFault() { unsetenv("SPOKEHUB_FAULT"); }
    WithFault(const WithFault&) = delete;
    WithFault& operator=(const WithFault&) = delete;
};

/// What hangs does so for good; what is only slow, on a machine that is busy, gets there.
constexpr int soonSeconds = 5;
constexpr int lateSeconds = 60;

Plan faultyPlan(const std::string& library, int patienceSeconds)
{
    return {.file = built(library),
            .fixtures = Fixtures::read(source("tests/spokes/faulty/fixtures")),
            .patienceSeconds = patienceSeconds};
}

} // namespace

/// The certifier is right about spokes that are right, and about each way to be wrong.
class CertifierTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CertifierTest);
    CPPUNIT_TEST(everySpokeOfTheTreePasses);
    CPPUNIT_TEST(theSpokeWithoutAFaultPassesEveryCheck);
    CPPUNIT_TEST(everyCheckCatchesItsFaultAndNoOtherDoes);
    CPPUNIT_TEST(thereAreSixtyChecksEachOfItsOwnName);
    CPPUNIT_TEST_SUITE_END();

    /// Faults that another check of the same group cannot but see as well.
    inline static const std::map<std::string, std::set<std::string>> seenTwice = {
        {"accept.other_delivery_other_id", {"accept.golden_vectors"}}, // which name the id
        {"translate.documents_fit", {"translate.pairs"}},              // a pair holds the document
        {"pull.resumes", {"pull.equal_times"}},                        // which resumes, too
        {"cancel.at_each_call", {"cancel.after_each_answer"}},         // whose next call is stopped
        {"hygiene.reasons_keep_secrets", {"hygiene.documents_keep_secrets"}}, // of findings
    };

public:
    void everySpokeOfTheTreePasses()
    {
        const std::map<std::string, std::string> spokes = {
            {"spokes/sandbox.so", "plugins/sandbox"},
            {"spokes/shopify.so", "plugins/shopify"},
            {"test-spokes/carrier.so", "tests/spokes/carrier"},
            {"test-spokes/plainc.so", "tests/spokes/plainc"}};
        for (const auto& [library, folder] : spokes)
            assertAllPass({.file = built(library),
                           .fixtures = Fixtures::read(source(folder) / "fixtures"),
                           .patienceSeconds = lateSeconds});
    }

    void theSpokeWithoutAFaultPassesEveryCheck()
    {
        for (const Check& check : allChecks()) {
            const auto result = run(check, faultyPlan("test-spokes/faulty.so", lateSeconds));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(check.id, std::string(), result.outcome.seen);
            CPPUNIT_ASSERT_MESSAGE(check.id, result.outcome.verdict == Verdict::Passed);
        }
    }

    void everyCheckCatchesItsFaultAndNoOtherDoes()
    {
        for (const Check& fault : allChecks()) {
            const WithFault with(fault.id);
            const std::string library = fault.id == "load.one_symbol"
                                            ? "broken-spokes/faulty_symbols.so"
                                            : "test-spokes/faulty.so";
            std::set<std::string> caught;
            std::string seen;
            for (const Check& check : allChecks())
                if (mayCatch(check, fault))
                    if (const auto outcome = outcomeOf(check, fault, library);
                        outcome.verdict == Verdict::Failed) {
                        caught.insert(check.id);
                        seen += "\n" + check.id + ": " + outcome.seen;
                    }

            std::set<std::string> wanted = {fault.id};
            if (const auto more = seenTwice.find(fault.id); more != seenTwice.end())
                wanted.insert(more->second.begin(), more->second.end());
            CPPUNIT_ASSERT_EQUAL_MESSAGE("the fault " + fault.id + seen, joined(wanted),
                                         joined(caught));
        }
    }

    void thereAreSixtyChecksEachOfItsOwnName()
    {
        std::set<std::string> ids;
        for (const Check& check : allChecks()) {
            CPPUNIT_ASSERT_MESSAGE(check.id, ids.insert(check.id).second);
            CPPUNIT_ASSERT_MESSAGE(check.id, !check.wants.empty() && !check.remedy.empty());
        }
        CPPUNIT_ASSERT(ids.size() >= 60);
    }

private:
    /// Its own group; the few long ones only for their own fault.
    static bool mayCatch(const Check& check, const Check& fault)
    {
        return check.id == fault.id || (check.group() == fault.group() && check.patience == 1);
    }

    /// A hang is found soon where it is looked for.
    static Outcome outcomeOf(const Check& check, const Check& fault, const std::string& library)
    {
        const auto soon = run(check, faultyPlan(library, soonSeconds));
        const bool slow = soon.took >= std::chrono::seconds(soonSeconds) * check.patience;
        return slow && check.id != fault.id ? run(check, faultyPlan(library, lateSeconds)).outcome
                                            : soon.outcome;
    }

    static void assertAllPass(const Plan& plan)
    {
        for (const Check& check : allChecks()) {
            const auto result = run(check, plan);
            CPPUNIT_ASSERT_MESSAGE(plan.file.string() + ", " + check.id + ": " +
                                       result.outcome.seen,
                                   result.outcome.verdict != Verdict::Failed);
        }
    }

    static std::string joined(const std::set<std::string>& names)
    {
        std::string text;
        for (const auto& name : names)
            text += name + " ";
        return text;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CertifierTest);
