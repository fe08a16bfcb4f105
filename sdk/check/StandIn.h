#pragma once

#include "Fixtures.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace spokehub::check
{

/// The author's stand-in of the channel: a program that reads one JSON object a line and answers
/// each with one (README.md, "The stand-in"). It ends when its input does.
class StandIn
{
public:
    /// Starts it in the fixtures' folder. Throws FixtureError.
    StandIn(const std::vector<std::string>& command, const std::filesystem::path& folder);
    ~StandIn();
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;

    /// Throws FixtureError when it ends, hangs or says what is not a JSON object.
    Value ask(const Value& question);

private:
    void write(const std::string& line);
    std::string readLine();
    [[noreturn]] void fail(const std::string& what) const;

    std::string _name;
    pid_t _pid = -1;
    int _socket = -1;
    std::string _buffer;
};

} // namespace spokehub::check
