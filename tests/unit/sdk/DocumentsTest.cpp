#include "support/Paths.h"
#include "support/Skip.h"
#include "support/TestClock.h"

#include "catalog/ListingDocument.h"
#include "core/Error.h"
#include "orders/Fact.h"
#include "orders/PrivacyRequests.h"
#include "spokes/DocumentCheck.h"
#include "spokes/KeyRing.h"
#include "spokes/SpokeLibrary.h"

#include "spokehub/Messages.h"

#include <cppunit/extensions/HelperMacros.h>

#include <nlohmann/json.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace spokehub;
using namespace spokehub::test;
using spokes::DocumentKind;
using Value = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// The published schemas, the documents that both sides write, and what the hub takes go together.
class DocumentsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DocumentsTest);
    CPPUNIT_TEST(whatIsWrittenFitsItsSchemaAndWhatIsBrokenDoesNot);
    CPPUNIT_TEST(whatBreaksASchemaIsRefusedByTheHubWithItsPlace);
    CPPUNIT_TEST(membersThatNobodyKnowsSurvive);
    CPPUNIT_TEST(everySchemaIsNamedOnThePage);
    CPPUNIT_TEST_SUITE_END();

    static fs::path source(const std::string& path) { return fs::path(sourceDir) / path; }

    static Value read(const fs::path& file)
    {
        std::ifstream in(file);
        return Value::parse(in);
    }

    static void add(Value& cases, const std::string& schema, const Value& document,
                    const std::string& name)
    {
        cases.push_back(
            {{"schema", schema}, {"document", document}, {"fits", true}, {"name", name}});
    }
    template <class Document>
    static void written(Value& cases, const std::string& schema, const Document& document)
    {
        add(cases, schema, Value::parse(toJson(document)), "Messages.h " + schema);
    }

    /// Each as empty as it may be, and full.
    static void addWritten(Value& cases)
    {
        const std::string at = "2026-11-20T15:15:30Z";
        Order order;
        order.orderId = "1";
        order.updatedAt = order.placedAt = at;
        order.currency = "USD";
        written(cases, "fact", order);
        order.readAt = at;
        order.revision = 3;
        order.status = {true, at, "customer", true, "refunded"};
        order.totals = {13000, 12000, 1000, 0, 0, "EUR", 12000};
        order.customer = Customer{"7", "jon@example.com", "John", ""};
        order.shipTo = Address{"John", "", "1 Road", "", "Louisville", "KY", "40003", "US", ""};
        order.lines = {{"1", "2", "3", "LEG-S", "Leggings", 2, 1, 6500, true}, {}};
        order.lines[1].lineId = "2";
        written(cases, "fact", order);
        written(cases, "fact",
                Fulfilment{"9", "1", at, "success", true, "T", "", "", "", {{"1", 2}}});
        written(cases, "fact", Refund{"9", "1", at, 100, "USD", {{"1", 1, "return", ""}}});
        written(cases, "fact", Cancel{"9", "1", at, ""});
        written(cases, "fact", Paid{"9", "1", at});
        written(cases, "listing", Listing{"1", "", "", "", "", {}, "", true, {}, "", false});
        written(cases, "listing",
                Listing{"1", "2", "3", "LEG-S", "Leggings", 6500, "USD", true, -1, at, true});
        written(cases, "level", Level{"3", "", -1, ""});
        written(cases, "level", Level{"3", "main", 12, at});
        written(cases, "parcel", Parcel{"1Z 9", "delivered", at, "", "", "", ""});
        written(cases, "parcel",
                Parcel{"1Z9", "failed", at, "UPS", "https://ups.example/1Z9", "Ulm", "no one in"});
        written(cases, "privacy", Privacy{"erase_channel", "", {}, {}});
        written(cases, "privacy",
                Privacy{"export", "9", Customer{"1", "a@b.example", "", ""}, {"7"}});
        written(cases, "result", Result{"1", Class::Done, "", {}, {}, ""});
        written(cases, "result", Result{"1", Class::Conflict, "moved", 500, 5, "f1"});
        written(cases, "finding", Finding{"warning", "scopes", "one is missing", "add it"});
        written(cases, "notice", Notice{"uninstalled", "the app was removed"});
        written(cases, "fetch", Fetch{"orders", "1"});
        written(cases, "checkpoint", Checkpoint{""});
        written(cases, "rate", Rate{-5, 1000, 50});
        written(cases, "subscription", Subscription{"orders/create", "created", ""});
        written(cases, "problem", Problem{"busy", 1000, "page 3"});
        written(cases, "key", Key{"k", "-----BEGIN PUBLIC KEY-----A-----END PUBLIC KEY-----", ""});
    }

    static std::string schemaOf(const Value& document)
    {
        if (document.contains("type"))
            return "fact";
        if (document.contains("external_id"))
            return "listing";
        if (document.contains("stock_id"))
            return "level";
        if (document.contains("request"))
            return "privacy";
        return document.contains("stream") ? "fetch" : "notice";
    }

    static void addFixtures(Value& cases)
    {
        for (const auto& entry : fs::recursive_directory_iterator(source("plugins")))
            if (entry.path().string().ends_with(".out.json")) {
                const Value fixture = read(entry.path());
                for (const auto& document : fixture["documents"])
                    add(cases, schemaOf(document), document, entry.path().filename().string());
            }
        for (const char* file : {"spokes/sandbox.so", "spokes/shopify.so", "test-spokes/plainc.so",
                                 "test-spokes/stall.so"})
            if (fs::exists(fs::path(binaryDir) / file))
                add(cases, "manifest",
                    Value::parse(spokes::SpokeLibrary(fs::path(binaryDir) / file).manifest().json),
                    file);
        for (const Value& example : read(source("tests/schemas/asked.json")))
            add(cases, example["schema"], example["document"], "asked.json");
    }

    /// What the hub says of a document that breaks its schema; empty when it takes it.
    static std::string hubSays(const std::string& schema, const std::string& text)
    {
        static const std::map<std::string, DocumentKind> checked = {
            {"fetch", DocumentKind::Fetch},     {"checkpoint", DocumentKind::Checkpoint},
            {"notice", DocumentKind::Notice},   {"result", DocumentKind::Result},
            {"finding", DocumentKind::Finding}, {"subscription", DocumentKind::Subscription},
            {"problem", DocumentKind::Problem}, {"rate", DocumentKind::Rate}};
        std::string why;
        try {
            if (schema == "fact")
                orders::readFacts(text);
            else if (schema == "listing")
                catalog::ListingDocument::read(JsonDocument::parse(text)->root());
            else if (schema == "level")
                catalog::LevelDocument::read(JsonDocument::parse(text)->root());
            else if (schema == "parcel")
                orders::readParcel(text);
            else if (schema == "privacy")
                orders::readPrivacy(text);
            else if (schema == "key")
                spokes::KeyRing("corner", TestClock()).keep(text);
            else if (schema == "manifest")
                spokes::Manifest::parse(text, why);
            else
                return spokes::faultOf(checked.at(schema), text);
        } catch (const Error& error) {
            return error.what();
        }
        return why;
    }

public:
    void whatIsWrittenFitsItsSchemaAndWhatIsBrokenDoesNot()
    {
        Value cases = Value::array();
        addWritten(cases);
        addFixtures(cases);
        for (Value broken : read(source("tests/schemas/broken.json"))) {
            broken["fits"] = false;
            broken["name"] = broken["says"];
            cases.push_back(broken);
        }
        const fs::path file =
            fs::temp_directory_path() / ("spokehub-documents-" + std::to_string(getpid()));
        std::ofstream(file) << cases;

        const std::string command = "python3 '" + source("tests/schemas/validate.py").string() +
                                    "' '" + source("sdk/schemas").string() + "' '" + file.string() +
                                    "' 2>&1";
        std::FILE* const run = ::popen(command.c_str(), "r");
        std::string said;
        for (std::array<char, 512> line;
             std::fgets(line.data(), static_cast<int>(line.size()), run) != nullptr;)
            said += line.data();
        const int status = WEXITSTATUS(::pclose(run));
        fs::remove(file);

        if (status == 77 || status == 127)
            return skip("documents against their schemas: " + said);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(said, 0, status);
    }

    void whatBreaksASchemaIsRefusedByTheHubWithItsPlace()
    {
        for (const Value& broken : read(source("tests/schemas/broken.json"))) {
            const auto expected = broken["says"].get<std::string>();
            const auto said = hubSays(broken["schema"], broken["document"].dump());
            CPPUNIT_ASSERT_MESSAGE("expected: " + expected + "\nsaid: " + said,
                                   said.find(expected) != said.npos);
        }
    }

    void membersThatNobodyKnowsSurvive()
    {
        const std::string fact =
            R"({"type": "order", "order_id": "1", "updated_at": "2026-11-20T15:15:30Z",
                "placed_at": "2026-11-20T15:15:30Z", "currency": "USD", "gift": {"note": "for Ann"},
                "lines": [{"line_id": "1", "quantity": 1, "engraving": "A"}]})";

        const auto facts = orders::readFacts(fact);

        CPPUNIT_ASSERT_EQUAL(fact, facts.facts.at(0).body);
    }

    void everySchemaIsNamedOnThePage()
    {
        std::ifstream in(source("sdk/include/spokehub/DOCUMENTS.md"));
        const std::string page{std::istreambuf_iterator<char>(in), {}};
        for (const auto& entry : fs::directory_iterator(source("sdk/schemas")))
            CPPUNIT_ASSERT_MESSAGE(entry.path().string(),
                                   page.find("`" + entry.path().filename().string() + "`") !=
                                       page.npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DocumentsTest);
