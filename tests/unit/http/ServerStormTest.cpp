// Crowds of connections: a tenth of them in every run, all of them by `./dev storm`.
#include "http/Server.h"

#include "support/HttpClient.h"

#include <cppunit/extensions/HelperMacros.h>

#include <malloc.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace spokehub::http;
using namespace std::chrono_literals;
using spokehub::test::HttpClient;

class ServerStormTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ServerStormTest);
    CPPUNIT_TEST(slowClientsDoNotDisturbAnOrdinaryOne);
    CPPUNIT_TEST(idleConnectionsCostMemoryOnly);
    CPPUNIT_TEST_SUITE_END();

    std::optional<Server> server;
    std::atomic<int> slowOnes = 0; // requests of slow clients that reached the handler

    static bool whole() { return std::getenv("SPOKEHUB_STORM") != nullptr; }

    void start(ServerOptions options)
    {
        options.listen = "127.0.0.1:0";
        options.connectionsPerAddressMax = options.connectionsMax;
        server.emplace(options, [this](Request&& request, Responder responder) {
            slowOnes += request.path == "/slow" ? 1 : 0;
            responder.send({.body = "ok"});
        });
        server->start();
    }

    /// So many more connections that say nothing.
    std::vector<HttpClient> crowd(std::size_t count)
    {
        const auto before = server->figures().connections;
        std::vector<HttpClient> clients;
        clients.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            clients.emplace_back(server->port());
            clients.back().connect();
        }
        await([&] { return server->figures().connections == before + count; });
        return clients;
    }

    static void await(const std::function<bool()>& holds)
    {
        const auto latest = std::chrono::steady_clock::now() + 30s;
        while (!holds()) {
            CPPUNIT_ASSERT_MESSAGE("waited half a minute in vain",
                                   std::chrono::steady_clock::now() < latest);
            std::this_thread::yield();
        }
    }

    static std::chrono::microseconds cpuUsed()
    {
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        const auto spanOf = [](const timeval& time) {
            return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
        };
        return spanOf(used.ru_utime) + spanOf(used.ru_stime);
    }

public:
    void tearDown() override { server.reset(); }

    /// Each says a byte now and then, some in the head, some in the body.
    void slowClientsDoNotDisturbAnOrdinaryOne()
    {
        start({.head = 20s});
        auto slow = crowd(whole() ? 1000 : 100);
        const std::string request = "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
        for (std::size_t i = 0; i < slow.size(); i += 2)
            slow[i].send(request);
        HttpClient ordinary(server->port());

        for (std::size_t round = 0; round < 8; ++round) {
            for (std::size_t i = 0; i < slow.size(); ++i)
                CPPUNIT_ASSERT(slow[i].send(i % 2 == 0 ? "x" : request.substr(round, 1)));
            for (int i = 0; i < 50; ++i)
                CPPUNIT_ASSERT_EQUAL(200, ordinary.get("/").status);
        }

        CPPUNIT_ASSERT_EQUAL(0, slowOnes.load());
        for (std::size_t i = 0; i < slow.size(); i += 2)
            slow[i].send("x"); // the ninth
        for (std::size_t i = 0; i < slow.size(); i += 2)
            CPPUNIT_ASSERT_EQUAL(200, slow[i].receive()->status);
        CPPUNIT_ASSERT_EQUAL(static_cast<int>(slow.size() / 2), slowOnes.load());
    }

    void idleConnectionsCostMemoryOnly()
    {
        start({});
        const std::size_t count = whole() ? 5000 : 500;
        HttpClient ordinary(server->port());
        CPPUNIT_ASSERT_EQUAL(200, ordinary.get("/").status);
        const auto before = ::mallinfo2().uordblks;
        auto idle = crowd(count);
        const auto bytes = (::mallinfo2().uordblks - before) / count;

        const auto cpuBefore = cpuUsed();
        for (int i = 0; i < 1000; ++i)
            CPPUNIT_ASSERT_EQUAL(200, ordinary.get("/").status);
        const auto crowded = cpuUsed() - cpuBefore;
        idle.clear();
        await([&] { return server->figures().connections == 1; });
        const auto cpuAlone = cpuUsed();
        for (int i = 0; i < 1000; ++i)
            CPPUNIT_ASSERT_EQUAL(200, ordinary.get("/").status);
        const auto alone = cpuUsed() - cpuAlone;

        CPPUNIT_ASSERT_MESSAGE(std::to_string(bytes) + " bytes each", bytes < 16 * 1024);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server->figures().refusedConnections);
        if (whole())
            std::cout << "\n  " << count << " idle connections: " << bytes
                      << " bytes each; 1,000 requests beside them took " << crowded.count() / 1000
                      << " ms of CPU, alone " << alone.count() / 1000 << " ms" << std::endl;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerStormTest);
