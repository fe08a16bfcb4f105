#include "support/SmallDisk.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace spokehub::test
{

namespace
{

constexpr const char* ballast = "ballast";

std::filesystem::path mounted(std::size_t bytes)
{
    std::string name = (std::filesystem::temp_directory_path() / "spokehub-disk-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), name);
    if (::mount("tmpfs", name.c_str(), "tmpfs", 0, ("size=" + std::to_string(bytes)).c_str()) != 0)
    {
        const int why = errno;
        std::filesystem::remove(name);
        throw std::system_error(why, std::generic_category(), "mounting " + name);
    }
    return name;
}

} // namespace

SmallDisk::SmallDisk(std::size_t bytes) : _path(mounted(bytes)) {}

SmallDisk::~SmallDisk()
{
    ::umount2(_path.c_str(), MNT_DETACH);
    ::rmdir(_path.c_str());
}

bool SmallDisk::possible()
{
    try {
        SmallDisk disk(4096);
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

void SmallDisk::fill()
{
    const int file =
        ::open((_path / ballast).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string bytes(4096, 'x');
    while (::write(file, bytes.data(), bytes.size()) > 0) {
    }
    ::close(file);
}

void SmallDisk::free()
{
    std::filesystem::remove(_path / ballast);
}

} // namespace spokehub::test
