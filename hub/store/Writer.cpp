#include "store/Writer.h"

#include "core/Log.h"
#include "store/WriterLane.h"

#include <random>

namespace spokehub::store
{

namespace
{

std::int64_t randomId()
{
    std::random_device random;
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(random()) << 32 | random()) >> 1);
}

} // namespace

Writer::Impl::Impl(Database& where, WriterOptions how)
    : database(where), options(how), hub(randomId())
{
}

Writer::Writer(Database& database, WriterOptions options)
    : _impl(std::make_unique<Impl>(database, options))
{
    const std::size_t usual = database.engine() == Engine::Sqlite ? 1 : 2;
    const std::size_t count = options.lanes > 0 ? options.lanes : usual;
    for (std::size_t number = 0; number < count; ++number)
        _impl->lanes.push_back(std::make_unique<Lane>(*_impl, number));
}

Writer::~Writer()
{
    stop();
}

void Writer::beforeCommit(std::function<void(Tx&)> hook)
{
    _impl->hook = std::move(hook);
}

void Writer::join(BatchQueue& queue)
{
    queue._joined = true;
    _impl->queues.push_back(&queue);
}

void Writer::start()
{
    if (!_impl->options.threads)
        return;
    for (const auto& lane : _impl->lanes)
        lane->start();
}

void Writer::stop()
{
    for (BatchQueue* queue : _impl->queues)
        queue->close();
    for (const auto& lane : _impl->lanes)
        lane->stop();
    work();
    for (BatchQueue* queue : _impl->queues) // only when the lanes never started
        queue->refuseAll(
            std::make_exception_ptr(Error(Refusal::Unavailable, "the hub is stopping")));
    _impl->queues.clear();
}

std::size_t Writer::lanes() const
{
    return _impl->lanes.size();
}

void Writer::wake(std::size_t lane)
{
    _impl->lanes[lane]->wake();
}

void Writer::work()
{
    if (_impl->options.threads)
        return;
    for (const auto& lane : _impl->lanes)
        lane->work();
}

bool Writer::onLaneThread()
{
    return Lane::onThisThread;
}

void Writer::guarded(const char* what, const std::function<void()>& action)
{
    try {
        action();
    } catch (const std::exception& error) {
        Log::error("a callback of the writer threw",
                   {{"in", what}, {"why", std::string_view(error.what())}});
    } catch (...) {
        Log::error("a callback of the writer threw", {{"in", what}});
    }
}

Writer::Figures Writer::figures() const
{
    return {_impl->commits, _impl->requests, _impl->retries, _impl->poisoned};
}

} // namespace spokehub::store
