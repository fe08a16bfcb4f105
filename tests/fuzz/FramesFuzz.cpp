// What the process of an isolated spoke may send: frames and what is packed in them, or garbage.
#include "Fuzz.h"

#include "spokes/Frames.h"

#include <sys/socket.h>
#include <unistd.h>

using namespace spokehub::spokes;
namespace fuzz = spokehub::fuzz;

namespace
{

void unpack(std::string_view payload)
{
    try {
        Unpacker packed(payload);
        const auto number = packed.number();
        for (int i = 0; i < 4; ++i)
            (void)packed.text();
        (void)number;
    } catch (const FrameError& error) {
        fuzz::require(error.kind() == FrameError::Kind::Garbage, error.what());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::size_t most = 64 * 1024; // fits into the socket
    if (size > most)
        return 0;
    int ends[2];
    fuzz::require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0,
                  "a socket pair");
    fuzz::require(::write(ends[1], data, size) == static_cast<ssize_t>(size), "it was sent");
    ::close(ends[1]);
    Frames frames(ends[0], [](int, short) {});
    try {
        for (std::size_t i = 0; i < most; ++i)
            unpack(frames.next().payload);
    } catch (const FrameError& error) {
        fuzz::require(error.kind() != FrameError::Kind::TimedOut, error.what());
    }
    unpack(fuzz::viewOf(data, size));
    return 0;
}
