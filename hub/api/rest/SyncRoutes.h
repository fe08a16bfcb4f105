#pragma once

#include "api/ApiParts.h"
#include "api/ChannelNames.h"
#include "api/Router.h"
#include "sync/InboxReader.h"
#include "sync/TaskReader.h"

namespace spokehub::api
{

/// /api/v1/tasks and /api/v1/inbox: what channels must still hear, and what came from them.
class SyncRoutes
{
public:
    SyncRoutes(const ApiParts& parts, ChannelNames& names) : _parts(parts), _names(names) {}

    void declare(Router& router);

private:
    http::Response listTasks(Call& call);
    http::Response getTask(Call& call);
    http::Response retryTask(Call& call);
    http::Response retryGroup(Call& call);
    http::Response listMessages(Call& call);
    http::Response getMessage(Call& call);
    http::Response replay(Call& call);

    http::Response taskAnswer(const Scope& scope, Id task);
    void writeMessage(JsonWriter& json, const Scope& scope, const sync::MessageRow& message);

    const ApiParts& _parts;
    ChannelNames& _names;
    sync::TaskReader _tasks;
    sync::InboxReader _inbox;
};

} // namespace spokehub::api
