#include "Hub.h"

#include "HubParts.h"

namespace spokehub
{

namespace
{

constexpr std::chrono::seconds drainMax{10};

} // namespace

Hub::Hub(const Config& config, const std::filesystem::path& migrations, const Clock& clock)
    : _parts(std::make_unique<Parts>(config, migrations, clock))
{
}

Hub::~Hub()
{
    stop();
}

void Hub::start()
{
    _parts->started = true;
    _parts->writer.start();
    _parts->nodes.renew(_parts->commands);
    _parts->tokens.rotate();
    _parts->reseal();
    _parts->openChannels();
    _parts->makeLanes();
    _parts->measure();
    _parts->startWorkers();
    _parts->serve();
}

void Hub::stop()
{
    if (!_parts->started.exchange(false))
        return;
    if (_parts->server)
        _parts->server->stop(drainMax);
    _parts->api.reset();
    for (const auto& lane : _parts->lanes)
        lane->stop();
    if (_parts->scheduler)
        _parts->scheduler->stop();
    _parts->writer.stop();
    _parts->spool.stop();
}

void Hub::reload(const Config& config)
{
    if (_parts->api)
        _parts->api->reload(config);
}

std::uint16_t Hub::port() const
{
    return _parts->server ? _parts->server->port() : std::uint16_t{0};
}

} // namespace spokehub
