#pragma once

#include <string>

namespace spokehub::test
{

/// A certificate for 127.0.0.1 that signs itself, in two files which go with it.
class Certificate
{
public:
    Certificate();
    ~Certificate();
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    const std::string& certificateFile() const { return _certificateFile; }
    const std::string& keyFile() const { return _keyFile; }

private:
    std::string _directory;
    std::string _certificateFile;
    std::string _keyFile;
};

} // namespace spokehub::test
