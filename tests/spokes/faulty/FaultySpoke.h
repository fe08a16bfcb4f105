#pragma once

#include "spokehub/Spoke.h"

#include <atomic>
#include <thread>

namespace faulty
{

/// A spoke of a small REST shop as it should be, unless SPOKEHUB_FAULT names a fault: then it is
/// wrong in that one way. The shop is faulty-standin.
class FaultySpoke final : public spokehub::Spoke
{
public:
    static std::string manifest();

    FaultySpoke(spokehub::Host host, const spokehub::Settings& settings);
    ~FaultySpoke() override;

    spokehub::Class check(spokehub::Out& out) override;
    spokehub::Accepted accept(const spokehub::Request& request) const override;
    spokehub::Class translate(const spokehub::Message& message, spokehub::Out& out) const override;
    spokehub::Class pull(std::string_view stream, const spokehub::PullRequest& request,
                         spokehub::Out& out) override;
    spokehub::Class push(const spokehub::PushBatch& batch, spokehub::Out& out) override;
    spokehub::Class subscribe(const spokehub::SubscribeRequest& request,
                              spokehub::Out& out) override;

private:
    const spokehub::Host _host;
    const std::int64_t _pages;
    std::atomic<bool> _ends{false};
    std::thread _thread;
    mutable std::atomic<int> _inside{0};
};

} // namespace faulty
