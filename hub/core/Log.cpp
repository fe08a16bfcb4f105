#include "core/Log.h"

#include "core/Clock.h"
#include "core/Json.h"

#include <atomic>
#include <cerrno>
#include <unistd.h>

namespace spokehub
{

namespace
{

std::atomic<Level> threshold{Level::Warning};
thread_local std::string requestId;

void write(Level level, std::string_view name, std::string_view message, Log::Fields fields)
{
    if (level < threshold.load(std::memory_order_relaxed))
        return;
    JsonWriter line;
    line.beginObject();
    line.member("time", toIso(SystemClock().now())).member("level", name).member("message", message);
    for (const LogField& field : fields)
        std::visit([&](auto value) { line.member(field.name, value); }, field.value);
    if (!requestId.empty())
        line.member("request_id", requestId);
    line.endObject();

    std::string text = line.take();
    text += '\n';
    std::string_view rest = text;
    while (!rest.empty())
    {
        const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; // nobody listens; the hub goes on
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace

void Log::debug(std::string_view message, Fields fields)
{
    write(Level::Debug, "debug", message, fields);
}

void Log::info(std::string_view message, Fields fields)
{
    write(Level::Info, "info", message, fields);
}

void Log::warning(std::string_view message, Fields fields)
{
    write(Level::Warning, "warning", message, fields);
}

void Log::error(std::string_view message, Fields fields)
{
    write(Level::Error, "error", message, fields);
}

void Log::threshold(Level level)
{
    spokehub::threshold.store(level, std::memory_order_relaxed);
}

LogRequest::LogRequest(std::string_view id) : _before(std::move(requestId))
{
    requestId = id;
}

LogRequest::~LogRequest()
{
    requestId = std::move(_before);
}

} // namespace spokehub
