#pragma once

#include <cstddef>
#include <filesystem>

namespace spokehub::test
{

/// A disk of a few megabytes that can be filled to the last byte. Needs the right to mount.
class SmallDisk
{
public:
    explicit SmallDisk(std::size_t bytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    static bool possible();

    const std::filesystem::path& path() const { return _path; }
    /// Nothing more fits in.
    void fill();
    void free();

private:
    std::filesystem::path _path;
};

} // namespace spokehub::test
