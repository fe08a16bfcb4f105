#include "tidy/SourceTree.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <filesystem>
#include <set>

using namespace spokehub::test;

/// Includes point down, and each border is crossed in one place only.
class LayersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LayersTest);
    CPPUNIT_TEST(aFolderOfTheHubIncludesOnlyThoseBelowIt);
    CPPUNIT_TEST(everyFolderOfTheHubIsALayer);
    CPPUNIT_TEST(ruleFilesIncludeOnlyCoreAndOtherRules);
    CPPUNIT_TEST(onlySpokesKnowTheBinaryContract);
    CPPUNIT_TEST(aPluginSeesTheSdkAndItsOwnFilesAlone);
    CPPUNIT_TEST(theSdkSeesItselfTheStandardAndOneJsonLibraryAlone);
    CPPUNIT_TEST(headersOfTheHubKeepLibrariesOut);
    CPPUNIT_TEST(everyHeaderIsGuarded);
    CPPUNIT_TEST(aSourceIncludesItsOwnHeaderFirst);
    CPPUNIT_TEST_SUITE_END();

    inline static const std::vector<std::string> layers{
        "core", "store", "access", "catalog", "stock", "orders", "spokes",
        "sync", "ops",   "http",   "api",     "web",   "cli"};
    inline static const std::set<std::string> rules{"Allocation", "Availability", "OrderState",
                                                    "Workflow",   "Refund",       "RetryPolicy",
                                                    "RateBucket"};

    static std::size_t layerOf(const std::string& folder)
    {
        return static_cast<std::size_t>(std::find(layers.begin(), layers.end(), folder) -
                                        layers.begin());
    }

    static std::string firstFolder(const std::string& path)
    {
        return path.substr(0, path.find('/'));
    }

    /// "stock" of "hub/stock/Ledger.h"; empty for what stands in hub/ itself.
    static std::string hubFolder(const SourceFile& file)
    {
        const std::string inside = file.path.substr(4);
        return inside.find('/') == std::string::npos ? "" : firstFolder(inside);
    }

    static std::vector<SourceFile> codeUnder(const std::string& folder)
    {
        std::vector<SourceFile> files;
        std::copy_if(sourceTree().begin(), sourceTree().end(), std::back_inserter(files),
                     [&](const SourceFile& file) { return file.isCode() && file.under(folder); });
        return files;
    }

    void aFolderOfTheHubIncludesOnlyThoseBelowIt()
    {
        Complaints complaints;
        for (const SourceFile& file : codeUnder("hub"))
            for (const Include& include : includesOf(file)) {
                const std::size_t target = layerOf(firstFolder(include.file));
                const std::string own = hubFolder(file);
                if (include.quoted && !own.empty() && target < layers.size() &&
                    target > layerOf(own))
                    complaints.add(file.path, static_cast<std::size_t>(include.line),
                                   own + "/ stands below " + layers[target] +
                                       "/ and must not include it");
            }

        complaints.assertNone();
    }

    void everyFolderOfTheHubIsALayer()
    {
        Complaints complaints;
        for (const SourceFile& file : codeUnder("hub"))
            if (!hubFolder(file).empty() && layerOf(hubFolder(file)) == layers.size())
                complaints.add(file.path, 1,
                               "hub/" + hubFolder(file) + " is no layer; they are listed here");

        complaints.assertNone();
    }

    void ruleFilesIncludeOnlyCoreAndOtherRules()
    {
        Complaints complaints;
        for (const SourceFile& file : codeUnder("hub")) {
            if (!rules.contains(file.name()))
                continue;
            for (const Include& include : includesOf(file)) {
                const std::string name = std::filesystem::path(include.file).stem();
                if (include.quoted && firstFolder(include.file) != "core" && !isRule(include.file))
                    complaints.add(file.path, static_cast<std::size_t>(include.line),
                                   "a rule is a pure function and must not include " +
                                       include.file);
            }
        }

        complaints.assertNone();
    }

    /// A rule, or a header of plain values that itself includes no more than rules may.
    static bool isRule(const std::string& header)
    {
        if (rules.contains(std::filesystem::path(header).stem()))
            return true;
        for (const SourceFile& file : sourceTree())
            if (file.path == "hub/" + header) {
                const auto includes = includesOf(file);
                return std::all_of(includes.begin(), includes.end(), [](const Include& include) {
                    return !include.quoted || firstFolder(include.file) == "core";
                });
            }
        return false;
    }

    void onlySpokesKnowTheBinaryContract()
    {
        const std::set<std::string> known{"spokehub/Class.h", "spokehub/Text.h"};
        Complaints complaints;
        for (const SourceFile& file : codeUnder("hub"))
            for (const Include& include : includesOf(file))
                if (firstFolder(include.file) == "spokehub" && !known.contains(include.file) &&
                    hubFolder(file) != "spokes")
                    complaints.add(file.path, static_cast<std::size_t>(include.line),
                                   "the border is known in hub/spokes alone; of the SDK, others "
                                   "know the classes of answers and the conversions of text");

        complaints.assertNone();
    }

    void aPluginSeesTheSdkAndItsOwnFilesAlone()
    {
        Complaints complaints;
        for (const SourceFile& file : codeUnder("plugins"))
            for (const Include& include : includesOf(file))
                if (include.quoted && include.file.find('/') != std::string::npos &&
                    firstFolder(include.file) != "spokehub")
                    complaints.add(file.path, static_cast<std::size_t>(include.line),
                                   "a plugin sees the SDK and its own folder, not " + include.file);

        complaints.assertNone();
    }

    void theSdkSeesItselfTheStandardAndOneJsonLibraryAlone()
    {
        Complaints complaints;
        for (const SourceFile& file : codeUnder("sdk/include"))
            for (const Include& include : includesOf(file))
                if (include.quoted ? firstFolder(include.file) != "spokehub"
                                   : include.file.find('/') != std::string::npos &&
                                         include.file != "nlohmann/json.hpp")
                    complaints.add(file.path, static_cast<std::size_t>(include.line),
                                   "a plugin author has no " + include.file);

        complaints.assertNone();
    }

    void headersOfTheHubKeepLibrariesOut()
    {
        Complaints complaints;
        for (const SourceFile& file : codeUnder("hub"))
            for (const Include& include : includesOf(file))
                if (file.isHeader() && !include.quoted &&
                    include.file.find('/') != std::string::npos &&
                    !include.file.starts_with("sys/"))
                    complaints.add(file.path, static_cast<std::size_t>(include.line),
                                   "<" + include.file +
                                       "> belongs into a source: headers stay quick to include");

        complaints.assertNone();
    }

    void everyHeaderIsGuarded()
    {
        const auto guards = [](const std::string& line) {
            return line == "#pragma once" || line.starts_with("#ifndef ");
        };
        Complaints complaints;
        for (const SourceFile& file : sourceTree())
            if (file.isHeader() && std::none_of(file.lines.begin(), file.lines.end(), guards))
                complaints.add(file.path, 1, "has no #pragma once");

        complaints.assertNone();
    }

    void aSourceIncludesItsOwnHeaderFirst()
    {
        Complaints complaints;
        for (const SourceFile& file : codeUnder("hub")) {
            const std::string header = file.path.substr(0, file.path.rfind('.')) + ".h";
            const auto includes = includesOf(file);
            const bool hasHeader =
                std::any_of(sourceTree().begin(), sourceTree().end(),
                            [&](const SourceFile& other) { return other.path == header; });
            if (!file.isHeader() && hasHeader && !includes.empty() &&
                "hub/" + includes[0].file != header)
                complaints.add(file.path, static_cast<std::size_t>(includes[0].line),
                               "includes its own header first, so that it stands alone");
        }

        complaints.assertNone();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LayersTest);
