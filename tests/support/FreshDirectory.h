#pragma once

#include <cppunit/TestAssert.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace spokehub::test
{

/// An empty directory of a test's own, which goes with it.
class FreshDirectory
{
public:
    FreshDirectory()
    {
        std::string name = (std::filesystem::temp_directory_path() / "spokehub-XXXXXX").string();
        CPPUNIT_ASSERT(::mkdtemp(name.data()) != nullptr);
        _path = name;
    }
    ~FreshDirectory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(_path, ignored);
    }
    FreshDirectory(const FreshDirectory&) = delete;
    FreshDirectory& operator=(const FreshDirectory&) = delete;

    const std::filesystem::path& path() const { return _path; }

private:
    std::filesystem::path _path;
};

} // namespace spokehub::test
