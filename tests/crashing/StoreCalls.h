#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

namespace spokehub::test
{

/// The calls that a daemon makes to its store, counted in a file that the daemon and its test have
/// both mapped, so that the count outlives the daemon. At the call that the test has named the
/// daemon ends by SIGKILL.
class StoreCalls
{
public:
    /// The variable that tells the daemon where the file is.
    static constexpr const char* variable = "SPOKEHUB_STORE_CALLS";

    explicit StoreCalls(const std::filesystem::path& file); // made when it is not there
    ~StoreCalls();
    StoreCalls(const StoreCalls&) = delete;
    StoreCalls& operator=(const StoreCalls&) = delete;

    // The daemon's side.
    void next();

    // The test's side.
    void killAt(std::int64_t call) { _shared->deadly = _shared->made + call; } // the first is 1
    /// False when the daemon has met its call: it has ended, or is about to.
    bool spare() { return _shared->deadly.exchange(0) != 0; }
    std::int64_t made() const { return _shared->made; }

private:
    struct Shared
    {
        std::atomic<std::int64_t> made;
        std::atomic<std::int64_t> deadly;
    };
    Shared* _shared = nullptr;
};

} // namespace spokehub::test
