#pragma once

#include "sync/Dispatch.h"
#include "sync/Lease.h"
#include "sync/Puller.h"
#include "sync/RateBucket.h"

#include <deque>
#include <future>
#include <mutex>

namespace spokehub::sync
{

/// One channel's worker, leased by this hub: claims tasks and tells the channel, pulls its streams
/// when they are due, and runs what people ask of its spoke. Its verbs run here and nowhere else.
/// One thread; `ask` from any.
class Lane
{
public:
    static constexpr int batchMax = 100;
    /// So long a channel may take to list an order whose units it has taken off already.
    static constexpr std::chrono::minutes ordersLate{10};

    Lane(Dispatch::Parts parts, Applier& applier, Inbox& inbox, std::int64_t owner);

    /// One bounded batch; how much was done. 0: nothing is due now.
    int runOnce();
    Signal& signal() { return _signal; }
    void stop() { _stop.request_stop(); }

    /// Runs work with the spoke on the lane's thread, before anything else, whether the channel is
    /// paused or not. Throws Error(Unavailable) when the spoke is not open. `leased` false: also
    /// while another hub has the lane, for what only this hub needs and changes nothing.
    std::future<void> ask(std::function<void(spokes::Channel&, const spokes::Call&)> work,
                          bool leased = true);

    /// The stream is read at the next turn.
    void pullNow(const std::string& stream);

    spokes::Channel& channel() { return _parts.channel; }
    Puller& puller() { return _puller; }

private:
    struct Stream
    {
        std::string name;
        std::optional<std::chrono::milliseconds> interval;
        Time nextAt;
        bool asked = false;
        std::int64_t failures = 0;
    };
    struct Asked
    {
        std::function<void(spokes::Channel&, const spokes::Call&)> work;
        std::promise<void> done;
        bool leased = true;
    };

    spokes::Call call() const;
    void forgetTimesToCome(Time now);
    int runAsked(bool leased);
    void showParked();
    bool isPaused();
    int pullDue();
    bool isWaitedFor();
    void pull(Stream& stream);
    void ordersRead(Time begun);
    int dispatch();
    void learn(const std::vector<std::string>& rates);

    Dispatch::Parts _parts;
    LaneLease _lease;
    Puller _puller;
    Dispatch _dispatch;
    RateBucket _bucket;
    Signal _signal;
    std::stop_source _stop;
    std::vector<Stream> _streams;
    Time _ordersPulledAt;
    std::optional<Time> _turnedAt; // the last turn; nothing: none yet in this run
    bool _unsettled = false;       // tasks may have been left running
    bool _parked = false;          // the spoke, which is shown as a pause
    std::mutex _mutex;             // of what others ask
    std::deque<Asked> _asked;
    std::set<std::string> _askedStreams;
};

} // namespace spokehub::sync
