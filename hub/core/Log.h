#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace spokehub
{

enum class Level
{
    Debug,
    Info,
    Warning,
    Error,
};

struct LogField
{
    std::string_view name;
    std::variant<std::string_view, std::int64_t, bool> value;
};

/// Writes one JSON object a line to standard error: time, level, message, the fields, and the request id
/// when one is being handled on this thread. Thread-safe; a line is one write.
class Log
{
public:
    using Fields = std::initializer_list<LogField>;

    static void debug(std::string_view message, Fields fields = {});
    static void info(std::string_view message, Fields fields = {});
    static void warning(std::string_view message, Fields fields = {});
    static void error(std::string_view message, Fields fields = {});

    /// What is below this level is not written. Warning by default, so that tests stay quiet.
    static void threshold(Level level);
};

/// Names the request that this thread is busy with, until it goes out of scope.
class LogRequest
{
public:
    explicit LogRequest(std::string_view requestId);
    ~LogRequest();
    LogRequest(const LogRequest&) = delete;
    LogRequest& operator=(const LogRequest&) = delete;

private:
    std::string _before;
};

} // namespace spokehub
