#pragma once

#include "http/Connection.h"
#include "http/Gate.h"
#include "http/Mailbox.h"
#include "http/Server.h"
#include "http/Tls.h"

#include "core/Clock.h"
#include "core/Id.h"

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

namespace spokehub::http
{

struct Counters
{
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refusedConnections{0};
    std::atomic<std::uint64_t> acceptFailures{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> answers{0};
    std::atomic<std::uint64_t> rejected{0};
    std::atomic<std::uint64_t> tooLarge{0};
    std::atomic<std::uint64_t> timeouts{0};
};

/// What the loops of one server have in common.
struct Shared
{
    const ServerOptions options;
    const Handler handler;
    const std::unique_ptr<Tls> tls; // null: plain HTTP
    Gate gate;
    SystemClock clock;
    IdGenerator requestIds;
    Counters counters;
};

/// One I/O thread: its connections, and the only thread that touches them.
class Loop
{
public:
    explicit Loop(Shared& shared);
    ~Loop();

    /// Before run(): this loop accepts, for itself and the others in turn. Takes over the
    /// descriptor.
    void listen(int listener, std::vector<std::shared_ptr<Mailbox>> loops);
    void run();

    const std::shared_ptr<Mailbox>& mailbox() const { return _mailbox; }

    // For its connections.
    Shared& shared() { return _shared; }
    TimePoint now() const { return _now; }
    std::span<char> room() { return _room; }
    /// This connection has more to read than one turn allows.
    void again(std::uint64_t connection) { _again.push_back(connection); }

private:
    struct Slot
    {
        std::unique_ptr<Connection> connection;
        std::uint32_t generation = 0;
    };

    void handle(std::uint64_t token, std::uint32_t events);
    void deliver();
    void accept();
    void admit(int fd, const Address& peer);
    void adopt(const Newcomer& newcomer);
    void tick();
    void beginDrain();
    Connection* find(std::uint64_t token);
    /// Runs one step of a connection and buries it when that was its last.
    template <class Step>
    void step(std::uint64_t token, Step step);
    void bury(std::uint64_t token);
    int waitMillis(bool mayRest) const;
    void watch(int fd, std::uint64_t token, std::uint32_t events);

    Shared& _shared;
    const std::shared_ptr<Mailbox> _mailbox;
    const std::chrono::milliseconds _tickEvery;
    const int _epoll;
    int _listener = -1;
    bool _accepting = false; // false while there is no descriptor left, too
    std::vector<std::shared_ptr<Mailbox>> _loops;
    std::size_t _nextLoop = 0;

    TimePoint _now;
    TimePoint _nextTick;
    bool _draining = false;
    std::vector<Slot> _slots;
    std::vector<std::uint32_t> _freeSlots;
    std::size_t _open = 0;
    std::vector<std::uint64_t> _again;
    std::vector<Answer> _answers;
    std::vector<Newcomer> _newcomers;
    std::vector<char> _room;
};

} // namespace spokehub::http
