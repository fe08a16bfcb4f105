#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// What a channel's spoke is asked to do for a person: /api/v1/channels/{name}/check, adopt and
/// subscriptions. It is done on the channel's lane, while a worker waits.
class ChannelActions
{
public:
    explicit ChannelActions(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    http::Response check(Call& call);
    http::Response adopt(Call& call);
    http::Response subscriptions(Call& call);

    sync::Lane& require(const Call& call) const;

    const ApiParts& _parts;
};

} // namespace spokehub::api
