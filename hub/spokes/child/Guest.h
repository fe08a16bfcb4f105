#pragma once

#include "spokes/child/RemoteHost.h"

namespace spokehub::spokes
{

/// One spoke in a process of its own: loads its file, does what the hub's frames say, and answers.
class Guest
{
public:
    explicit Guest(Frames& frames) : _frames(frames), _host(frames) {}

    /// Tells the hub what the file is. False: it cannot be used.
    bool load(const char* file);
    /// Until the hub goes away, which ends the process.
    [[noreturn]] void serve();

private:
    void tellLoaded();
    void answer(const Frame& frame);
    std::int32_t open(Unpacker& call);
    std::int32_t verb(Unpacker& call);
    std::int32_t accept(Unpacker& call);
    std::int32_t translate(Unpacker& call);
    sph_sink documents() { return {this, &Guest::put}; }
    static std::int32_t put(void* self, std::int32_t kind, sph_text json);
    std::int32_t put(std::int32_t kind, sph_text json);
    static void putAccepted(void* self, const sph_accepted* accepted);

    Frames& _frames;
    RemoteHost _host;
    const sph_spoke* _table = nullptr;
    void* _instance = nullptr;
    std::uint64_t _documents = 0;   // of this call
    std::uint64_t _unseenBytes = 0; // since it was looked whether the hub wants more
    bool _stopped = false;
};

} // namespace spokehub::spokes
