#pragma once

#include "support/CommandRun.h"
#include "support/RunningHub.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace spokehub::test
{

/// A test that tells a running hub what to do as `spokehub` would, as its administrator.
class CommandsOfHub : public CppUnit::TestFixture, protected CommandRun
{
public:
    void setUp() override { ::setenv("SPOKEHUB_API_KEY", RunningHub::key, 1); }

    void tearDown() override
    {
        hub.reset();
        ::unsetenv("SPOKEHUB_API_KEY");
    }

protected:
    /// The exit code. Words are separated by blanks.
    int run(const std::string& line)
    {
        std::istringstream words(line);
        std::vector<std::string> arguments{"--url", hub->address()};
        for (std::string word; words >> word;)
            arguments.push_back(word);
        return CommandRun::run(arguments);
    }

    void ok(const std::string& line)
    {
        const int code = run(line);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(line + "\n" + err, 0, code);
    }

    bool said(const std::string& part) const { return (out + err).find(part) != std::string::npos; }

    // Of the JSON that the last command printed.
    std::int64_t number(const std::string& name) const
    {
        return JsonDocument::parse(out)->root().integerOr(name, -1);
    }
    std::string id() const { return std::string(JsonDocument::parse(out)->root().textOr("id")); }
    std::string idOfFirst() const
    {
        std::string id;
        JsonDocument::parse(out)->root()["data"].each([&](Json row) {
            id = row.textOr("id");
            return false;
        });
        return id;
    }

    std::optional<RunningHub> hub;
};

} // namespace spokehub::test
