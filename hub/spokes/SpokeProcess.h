#pragma once

#include "spokes/Frames.h"
#include "spokes/ProcessLauncher.h"
#include "spokes/SpokeFacts.h"

#include "spokehub/abi.h"

#include <chrono>
#include <optional>
#include <stop_token>

namespace spokehub::spokes
{

/// The process is no more. It says how it ended: "it ended with signal 11 (Segmentation fault)".
class ProcessDied : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// A started process and what it writes; ended and waited for, at the latest when it goes out of
/// scope.
class ChildProcess
{
public:
    ChildProcess(pid_t pid, int output) : _pid(pid), _output(output) {}
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    bool alive();
    /// Kills it, if it still runs. How it ended, as waitpid has it.
    int end();
    int output() const { return _output; }

private:
    const pid_t _pid;
    const int _output;
    bool _gone = false;
    int _status = 0;
};

/// One isolated spoke's process: started, asked one thing at a time, and ended. Whatever it does
/// but answer in time and in frames ends it. One thread at a time.
class SpokeProcess
{
public:
    /// Takes a line that the process wrote to its standard output or error.
    using TakeLine = std::function<void(std::string_view line)>;

    /// Throws SpokeError when it cannot be started, ProcessDied when it does not survive loading.
    SpokeProcess(ProcessLauncher& launcher, const std::filesystem::path& spoke, TakeLine takeLine);

    const SpokeFacts& facts() const { return _facts; }

    /// Where the answers of one call go; what a call does not have is null.
    struct Answers
    {
        const sph_host* host = nullptr;
        const sph_sink* documents = nullptr;
        const sph_accept_sink* accepted = nullptr;
    };
    struct Bounds
    {
        std::chrono::milliseconds most;
        std::stop_token stopped; // then it has a moment to end by itself
    };

    /// The class it ended with. Throws ProcessDied; the process is gone then.
    std::int32_t call(FrameKind what, const Packer& arguments, const Answers& answers,
                      const Bounds& bounds);

    /// It may have ended since the last call.
    bool alive() { return _child.alive(); }

private:
    SpokeProcess(const ProcessLauncher::Child& started, TakeLine takeLine);
    void load();
    std::int32_t answersOf(const Answers& answers);
    void document(const Frame& frame, const Answers& answers);
    void wait(int socket, short events);
    void endSoon();
    void checkTime();
    void readOutput();
    void takeOutput();
    /// What the reading of frames broke off with, in words.
    [[noreturn]] void die(const FrameError& error);

    const TakeLine _takeLine;
    ChildProcess _child;
    Frames _frames;
    SpokeFacts _facts;
    std::chrono::steady_clock::time_point _deadline;
    std::chrono::steady_clock::time_point
        _until; // the deadline, or sooner when nothing more is wanted
    std::chrono::milliseconds _most{};
    std::stop_token _stopped;
    bool _noMore = false; // documents, in this call
    std::size_t _unwanted = 0;
    std::string _output; // the beginning of a line
    int _lines = 0;      // in this call
};

} // namespace spokehub::spokes
