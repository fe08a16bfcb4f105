// callcost: what a call into a spoke costs in the hub's process, and in one of its own. Prints a
// table; takes a few seconds. Run it on a quiet machine, from a release build.
#include "core/Json.h"
#include "spokes/LibraryBorder.h"
#include "spokes/LoadedSpoke.h"
#include "spokes/ProcessBorder.h"
#include "spokes/SpokeLibrary.h"
#include "support/Paths.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace
{

using namespace spokehub;
using namespace spokehub::spokes;
using std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr int items = 1000;

class NoTransport final : public HttpTransport
{
public:
    HttpReply send(const HttpCall&) override
    {
        return {Class::Config, "no network here", 0, {}, {}};
    }
};

struct Opened
{
    SystemClock clock;
    NoTransport http;
    BufferedValues values;
    std::shared_ptr<ProcessLauncher> launcher = std::make_shared<ProcessLauncher>();
    std::unique_ptr<LoadedSpoke> spoke;
    double startMs = 0;

    Opened(const std::string& folder, const std::string& name, bool isolated,
           const std::string& settings)
    {
        const fs::path file = fs::path(test::binaryDir) / folder / (name + ".so");
        const auto facts = SpokeLibrary(file).facts();
        for (int i = 0; i < 5; ++i) { // the last one counts: files are in memory by then
            const auto begun = steady_clock::now();
            std::unique_ptr<Border> border;
            if (isolated)
                border = std::make_unique<ProcessBorder>(
                    ProcessBorder::Parts{name, file, facts, launcher, clock});
            else
                border = std::make_unique<LibraryBorder>(SpokeLibrary(file).table());
            spoke = std::make_unique<LoadedSpoke>(
                name, std::move(border),
                SpokeHostParts{name,
                               clock,
                               http,
                               values,
                               {{"word", {"secret"}}, {"webhook_secret", {"secret"}}}},
                settings);
            startMs =
                std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count();
        }
    }
};

struct Times
{
    double p50 = 0;
    double p99 = 0;
};

/// In microseconds.
Times timed(int rounds, const std::function<void()>& call)
{
    for (int i = 0; i < rounds / 10 + 1; ++i)
        call();
    std::vector<double> micros;
    for (int i = 0; i < rounds; ++i) {
        const auto begun = steady_clock::now();
        call();
        micros.push_back(
            std::chrono::duration<double, std::micro>(steady_clock::now() - begun).count());
    }
    std::ranges::sort(micros);
    return {micros[micros.size() / 2], micros[micros.size() * 99 / 100]};
}

std::string batchOf(int count)
{
    JsonWriter batch;
    batch.beginObject().member("kind", "stock").key("items").beginArray();
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        batch.beginObject().member("item", number).member("key", "key-" + number);
        batch.member("external_id", "SKU-" + number).member("sku", "SKU-" + number);
        batch.member("quantity", i).key("expected").null().endObject();
    }
    return batch.endArray().endObject().take();
}

void line(const std::string& what, const Times& here, const Times& apart)
{
    std::printf("%-44s %9.1f %9.1f %12.1f %9.1f\n", what.c_str(), here.p50, here.p99, apart.p50,
                apart.p99);
}

std::string statusOf(const std::string& pid, const std::string& name)
{
    std::ifstream status("/proc/" + pid + "/status");
    for (std::string text; std::getline(status, text);)
        if (text.starts_with(name))
            return text.substr(text.find_first_not_of(" \t", name.size()));
    return "?";
}

/// The processes that this one has started.
std::vector<std::string> children()
{
    std::vector<std::string> pids;
    for (const auto& task : fs::directory_iterator("/proc/self/task")) {
        std::ifstream list(task.path() / "children");
        for (std::string pid; list >> pid;)
            pids.push_back(pid);
    }
    return pids;
}

} // namespace

int main()
{
    Opened plainHere("test-spokes", "plainc", false, "{}");
    Opened plainApart("test-spokes", "plainc", true, "{}");
    std::string catalog;
    for (int i = 0; i < items; ++i)
        catalog += (i == 0 ? "\"SKU-" : ", \"SKU-") + std::to_string(i) + "=5\"";
    const auto settings = [&](const std::string& shop) {
        return R"({"shop": ")" + shop + R"(", "catalog": [)" + catalog +
               R"(], "file": "", "fail": "", "latency_ms": 0})";
    };
    Opened shopHere("spokes", "sandbox", false, settings("here"));
    Opened shopApart("spokes", "sandbox", true, settings("apart"));

    std::printf("%-44s %9s %9s %12s %9s\n", "microseconds", "here p50", "p99", "process p50",
                "p99");
    const auto both = [](const std::string& what, int rounds, Opened& here, Opened& apart,
                         const std::function<void(LoadedSpoke&)>& call) {
        line(what, timed(rounds, [&] { call(*here.spoke); }),
             timed(rounds, [&] { call(*apart.spoke); }));
    };
    const std::string body(6000, 'x');
    both("translate, nothing asked of the host", 20'000, plainHere, plainApart,
         [](LoadedSpoke& spoke) {
             spoke.translate({"m1", "t", "x", {}});
         });
    both("translate of 6 KB", 20'000, plainHere, plainApart, [&](LoadedSpoke& spoke) {
        spoke.translate({"m1", "t", body, {}});
    });
    both("accept of 6 KB, one HMAC of the host", 20'000, plainHere, plainApart,
         [&](LoadedSpoke& spoke) {
             spoke.accept({"POST", "t", "no signature", {}, body, {}});
         });
    const std::string batch = batchOf(items);
    both("push of " + std::to_string(items) + " items", 200, shopHere, shopApart,
         [&](LoadedSpoke& spoke) {
             spoke.push({SystemClock().now() + std::chrono::seconds(20), {}}, batch);
         });

    std::printf("\nstart and open: %.1f ms (plain C), %.1f ms (sandbox)\n", plainApart.startMs,
                shopApart.startMs);
    for (const std::string& pid : children())
        std::printf("process %s: %s resident, of it %s of its own\n", pid.c_str(),
                    statusOf(pid, "VmRSS:").c_str(), statusOf(pid, "RssAnon:").c_str());
}
