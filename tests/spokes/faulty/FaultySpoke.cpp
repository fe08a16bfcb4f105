#include "FaultySpoke.h"

#include "Fault.h"
#include "FaultyChannel.h"
#include "FaultyManifest.h"
#include "FaultyWebhooks.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>

namespace faulty
{

namespace
{

using namespace spokehub;
using namespace std::chrono_literals;

std::atomic<int> openInstances{0};

std::string shopOf(const Settings& settings)
{
    if (has("settings.required_are_missed"))
        return settings.text("shop", "corner");
    if (has("settings.wrong_types_are_named")) {
        try {
            return settings.text("shop");
        } catch (const Failure& failure) {
            if (settings.has("shop"))
                throw std::logic_error("never seen");
            throw;
        }
    }
    return settings.text("shop");
}

/// Only one caller at a time is inside, or the answer is another one.
class Alone
{
public:
    Alone(std::atomic<int>& inside, bool looks) : _inside(inside), _looks(looks)
    {
        ++_inside;
        if (_looks)
            std::this_thread::sleep_for(200us);
    }
    ~Alone() { --_inside; }
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;

    bool disturbed() const { return _looks && _inside > 1; }

private:
    std::atomic<int>& _inside;
    bool _looks;
};

} // namespace

std::string FaultySpoke::manifest()
{
    return faulty::manifest();
}

FaultySpoke::FaultySpoke(Host host, const Settings& settings)
    : _host(host), _pages(settings.integer("pages", 50))
{
    const std::string shop = shopOf(settings);
    if (has("settings.unknown_do_no_harm") && settings.has("of_a_later_version"))
        throw std::logic_error("never seen");
    if (has("load.many_at_once") && openInstances > 0)
        throw Failure(Class::Config, "there is another one");
    if (has("load.opens_without_calls"))
        _host.kvGet("shop");
    if (has("load.memory_comes_back")) [[maybe_unused]]
        const auto* lost = new std::string(64, 'x');
    if (has("load.descriptors_come_back"))
        open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (has("load.leaves_the_process_alone"))
        umask(0);
    if (has("load.no_threads"))
        _thread = std::thread([this] { _ends.wait(false); });
    ++openInstances;
}

FaultySpoke::~FaultySpoke()
{
    --openInstances;
    _ends = true;
    _ends.notify_all();
    if (_thread.joinable())
        _thread.join();
}

Accepted FaultySpoke::accept(const Request& request) const
{
    const Alone alone(_inside, has("accept.many_threads"));
    if (alone.disturbed())
        return Accepted::forged("somebody else is here");
    return faulty::accept(_host, request);
}

Class FaultySpoke::translate(const Message& message, Out& out) const
{
    const Alone alone(_inside, has("translate.many_threads"));
    if (alone.disturbed())
        return out.problem(Class::Rejected, "somebody else is here");
    return faulty::translate(_host, message, out);
}

Class FaultySpoke::check(Out& out)
{
    return faulty::check(_host, out);
}

Class FaultySpoke::pull(std::string_view stream, const PullRequest& request, Out& out)
{
    return faulty::pull(_host, _pages, stream, request, out);
}

Class FaultySpoke::push(const PushBatch& batch, Out& out)
{
    return faulty::push(_host, batch, out);
}

Class FaultySpoke::subscribe(const SubscribeRequest& request, Out& out)
{
    return faulty::subscribe(_host, request, out);
}

} // namespace faulty
