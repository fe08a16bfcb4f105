#pragma once

#include "cli/CommandLine.h"

#include <sstream>
#include <string>
#include <vector>

namespace spokehub::test
{

/// For tests of the command line: runs it in this process, and keeps what the last one said.
class CommandRun
{
protected:
    /// The exit code.
    int run(const std::vector<std::string>& arguments)
    {
        std::ostringstream outStream;
        std::ostringstream errStream;
        const int code = cli::run(arguments, outStream, errStream);
        out = outStream.str();
        err = errStream.str();
        return code;
    }

    std::string out;
    std::string err;
};

} // namespace spokehub::test
