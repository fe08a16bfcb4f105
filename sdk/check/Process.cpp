#include "Process.h"

#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iterator>

extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace spokehub::check
{

namespace
{

namespace fs = std::filesystem;

std::int64_t entriesOf(const char* folder)
{
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

} // namespace

std::int64_t allocatedBytes()
{
    if (__sanitizer_get_current_allocated_bytes != nullptr)
        return static_cast<std::int64_t>(__sanitizer_get_current_allocated_bytes());
    const auto used = mallinfo2();
    return static_cast<std::int64_t>(used.uordblks + used.hblkhd);
}

std::int64_t openDescriptors()
{
    return entriesOf("/proc/self/fd");
}

std::int64_t threads()
{
    return entriesOf("/proc/self/task");
}

std::map<std::string, std::string> processState()
{
    std::map<std::string, std::string> state;
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction action = {};
        if (sigaction(number, nullptr, &action) != 0)
            continue;
        const auto handler = reinterpret_cast<std::uintptr_t>(
            (action.sa_flags & SA_SIGINFO) != 0 ? reinterpret_cast<void*>(action.sa_sigaction)
                                                : reinterpret_cast<void*>(action.sa_handler));
        state["the action of signal " + std::to_string(number)] = std::to_string(handler);
    }
    state["the locale"] = std::setlocale(LC_ALL, nullptr);
    const mode_t mask = umask(0);
    umask(mask);
    state["the umask"] = std::to_string(mask);
    std::error_code error;
    state["the working folder"] = fs::current_path(error).string();
    for (char** variable = environ; *variable != nullptr; ++variable)
        state["the environment"] += std::string(*variable) + "\n";
    return state;
}

std::vector<std::string> differences(const std::map<std::string, std::string>& before,
                                     const std::map<std::string, std::string>& after)
{
    std::vector<std::string> names;
    for (const auto& [name, value] : after) {
        const auto was = before.find(name);
        if (was == before.end() || was->second != value)
            names.push_back(name);
    }
    return names;
}

} // namespace spokehub::check
