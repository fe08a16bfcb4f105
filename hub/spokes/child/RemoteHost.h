#pragma once

#include "spokes/Frames.h"
#include "spokes/HostCalls.h"

#include "spokehub/abi.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace spokehub::spokes
{

/// The host's table as an isolated spoke sees it: it asks the hub over the socket. When the hub is
/// gone, so is this process. One thread.
class RemoteHost
{
public:
    explicit RemoteHost(Frames& frames);

    const sph_host* table() const { return &_table; }

    /// A call begins, with its deadline in microseconds, 0 when it has none.
    void begin(std::int64_t deadline);

    /// The next frame that the hub sends; never returns without one.
    Frame next();
    /// Puts a frame out at once.
    void tell(FrameKind kind, std::string_view payload);
    void tellLater(FrameKind kind, std::string_view payload);

    std::string_view ask(const Packer& call);
    std::int64_t askNumber(const Packer& call) { return Unpacker(ask(call)).number(); }

    /// Whether the hub wants no more documents of this call.
    bool stopped();
    /// Asks it, once all that was told so far has been taken.
    bool wantsMore();

private:
    static std::int32_t http(void* self, const sph_http_request* request,
                             const sph_http_sink* answer);
    static void log(void* self, std::int32_t level, sph_text message);
    static void random(void* self, void* bytes, std::uint64_t size);
    static std::int32_t hmac(void* self, sph_text name, std::uint32_t index, sph_text data,
                             void* mac);
    static std::int32_t equal(void* self, sph_text a, sph_text b);
    static const void* extension(void* self, sph_text id);
    std::string_view answer(FrameKind kind);
    std::int64_t now();

    Frames& _frames;
    sph_host _table{};
    std::int64_t _deadline = 0;
    bool _stopped = false;
    std::int64_t _now = 0; // as the hub last said
    std::optional<std::chrono::steady_clock::time_point> _saidNow;
};

} // namespace spokehub::spokes
