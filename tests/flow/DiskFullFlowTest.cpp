// The disk is full under the data, the spool and the log: a clear answer, nothing acknowledged is
// lost, and the hub goes on by itself when there is room.
#include "support/HubProcess.h"
#include "support/OwnPostgres.h"
#include "support/Paths.h"
#include "support/RunningHub.h"
#include "support/SandboxOrders.h"
#include "support/Skip.h"
#include "support/SmallDisk.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class DiskFullFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DiskFullFlowTest);
    CPPUNIT_TEST(aFullDiskUnderDataAndLogIsA503ThatPasses);
    CPPUNIT_TEST(aFullDiskUnderTheSpoolIsA503ThatPasses);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<SmallDisk> disk;
    std::optional<HubProcess> hub;
    int taken = 0; // deliveries that were acknowledged, from 0 on

    void tearDown() override
    {
        hub.reset();
        disk.reset();
        taken = 0;
    }

    bool prepare()
    {
        if (SmallDisk::possible()) {
            disk.emplace(8 * 1024 * 1024);
            return true;
        }
        skip("a full disk: this user may not mount one");
        return false;
    }

    void start(const std::string& url, const std::string& rest)
    {
        hub.emplace("server: { listen: \"127.0.0.1:PORT\" }\n"
                    "database: { url: \"env:DATABASE_URL\" }\n"
                    "spokes: { directories: [\"" +
                        std::string(binaryDir) + "/spokes\"] }\n" + rest +
                        "channels:\n"
                        "  - { name: shop, spoke: sandbox, settings: { shop: disk }, secrets: { "
                        "webhook_secret: \"env:SECRET\" } }\n",
                    HubProcess::Environment{{"DATABASE_URL", url}, {"SECRET", RunningHub::secret}});
        std::filesystem::create_symlink(disk->path() / "log", hub->directory() / "log");
        hub->start();
    }

    Reply send(int number)
    {
        HttpClient client(hub->port());
        return deliver(client, "shop", "orders/create", SandboxOrder{.number = number}.text(),
                       "delivery-" + std::to_string(number));
    }

    void takenAre(int more)
    {
        for (const int goal = taken + more; taken < goal; ++taken) {
            const Reply reply = send(taken);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 200, reply.status);
        }
    }

    /// Until the files have no room left in themselves.
    Reply sendUntilRefused()
    {
        for (int most = taken + 3000; taken < most; ++taken)
            if (Reply reply = send(taken); reply.status != 200)
                return reply;
        CPPUNIT_FAIL("the disk is full, and everything is taken");
        throw std::logic_error("not reached");
    }

    void assertRefusal(const Reply& refused, const std::string& words)
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(refused.body, 503, refused.status);
        CPPUNIT_ASSERT(!refused.header("Retry-After").empty());
        CPPUNIT_ASSERT_MESSAGE(refused.body, refused.body.find(words) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(200, HttpClient(hub->port()).get("/health").status);
        CPPUNIT_ASSERT_EQUAL(503, HttpClient(hub->port()).get("/health/ready").status);
    }

    void aFullDiskUnderDataAndLogIsA503ThatPasses()
    {
        if (!prepare())
            return;
        const std::string file = (disk->path() / "hub.db").string();
        start("sqlite:" + file, "");
        takenAre(20);
        disk->fill();

        assertRefusal(sendUntilRefused(), "the spool cannot be written: No space left on device");
        assertRefusal(send(taken), "the spool cannot be written: No space left on device");
        disk->free();

        eventually("it is taken", [this] { return send(taken).status == 200; });
        ++taken;
        takenAre(20);
        hub->kill();
        hub->start();
        store::Database database("sqlite:" + file);
        const auto count = [&](const char* sql) {
            std::int64_t found = 0;
            database.point([&](store::Session& session) {
                session.queryText(sql, {}, [&](const store::Row& row) { found = row.integer(0); });
            });
            return found;
        };
        eventually("all is applied", [&] {
            return count("SELECT count(*) FROM inbox_message WHERE state <> 1") == taken;
        });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{taken}, count("SELECT count(*) FROM sales_order"));
    }

    void aFullDiskUnderTheSpoolIsA503ThatPasses()
    {
        if (!prepare())
            return;
        if (!OwnPostgres::possible())
            return skip("faults of PostgreSQL: no server is installed");
        OwnPostgres server;
        start(server.fresh("on_disk"),
              "inbox: { spool: \"" + (disk->path() / "spool").string() + "\" }\n");
        takenAre(5);
        server.halt();
        takenAre(20);
        disk->fill();

        assertRefusal(sendUntilRefused(), "the spool cannot be written: No space left on device");
        disk->free();

        eventually("it is taken", [this] { return send(taken).status == 200; });
        ++taken;
        takenAre(20);
        server.resume();
        eventually("all is applied", [&] {
            return server.number("SELECT count(*) FROM inbox_message WHERE state <> 1",
                                 "on_disk") == taken;
        });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{taken},
                             server.number("SELECT count(*) FROM sales_order", "on_disk"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DiskFullFlowTest);
