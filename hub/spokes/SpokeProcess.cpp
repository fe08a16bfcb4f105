#include "spokes/SpokeProcess.h"

#include "spokes/HostCalls.h"
#include "spokes/Spoke.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace spokehub::spokes
{

namespace
{

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto loadMax = 5s;
constexpr auto stopMax = 2s;
constexpr auto slice = 100ms;               // in which a stop is noticed
constexpr std::size_t unwantedMax = 10'000; // documents and answers that nobody wants
constexpr int linesMax = 20;                // of one call; what is beyond is not logged
constexpr std::size_t lineBytesMax = 500;

sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

std::string sentenceOf(int status)
{
    if (WIFSIGNALED(status)) {
        const char* name = ::sigdescr_np(WTERMSIG(status));
        return "its process ended with signal " + std::to_string(WTERMSIG(status)) + " (" +
               (name == nullptr ? "unknown" : name) + ")";
    }
    return "its process ended by itself with exit code " + std::to_string(WEXITSTATUS(status));
}

void handOver(const Frame& frame, const sph_accept_sink& sink)
{
    Unpacker unpacker(frame.payload);
    sph_accepted accepted{};
    accepted.size = sizeof accepted;
    accepted.verdict = static_cast<std::int32_t>(unpacker.number());
    accepted.message_id = text(unpacker.text());
    accepted.topic = text(unpacker.text());
    accepted.occurred_at = unpacker.number();
    accepted.reason = text(unpacker.text());
    accepted.key_id = text(unpacker.text());
    accepted.reply_status = static_cast<std::int32_t>(unpacker.number());
    accepted.reply_type = text(unpacker.text());
    accepted.reply_body = text(unpacker.text());
    sink.put(sink.self, &accepted);
}

} // namespace

ChildProcess::~ChildProcess()
{
    end();
    ::close(_output);
}

bool ChildProcess::alive()
{
    if (!_gone)
        _gone = ::waitpid(_pid, &_status, WNOHANG) != 0;
    return !_gone;
}

int ChildProcess::end()
{
    if (!_gone) {
        ::kill(_pid, SIGKILL); // does not change how one ended that has
        while (::waitpid(_pid, &_status, 0) < 0 && errno == EINTR) {
        }
        _gone = true;
    }
    return _status;
}

SpokeProcess::SpokeProcess(ProcessLauncher& launcher, const std::filesystem::path& spoke,
                           TakeLine takeLine)
    : SpokeProcess(launcher.launch(spoke), std::move(takeLine))
{
}

SpokeProcess::SpokeProcess(const ProcessLauncher::Child& started, TakeLine takeLine)
    : _takeLine(std::move(takeLine)), _child(started.pid, started.output),
      _frames(started.socket, [this](int socket, short events) { wait(socket, events); })
{
    load();
}

void SpokeProcess::load()
{
    _most = loadMax;
    _until = steady_clock::now() + _most;
    try {
        const Frame frame = _frames.next();
        if (frame.kind != FrameKind::Loaded)
            throw FrameError(FrameError::Kind::Garbage, "a frame before it was loaded");
        Unpacker loaded(frame.payload);
        if (loaded.text() != SPOKEHUB_VERSION)
            throw FrameError(FrameError::Kind::Garbage,
                             "spokehub-spoke is of another version: restart the hub");
        const bool good = loaded.number() != 0;
        _facts.loadError = loaded.text();
        if (!good && _facts.loadError.empty())
            _facts.loadError = "unknown";
        if (!good)
            return;
        _facts.given = loaded.number() != 0;
        if (!_facts.given)
            return;
        for (std::uint32_t* number : {&_facts.size, &_facts.major, &_facts.minor})
            *number = static_cast<std::uint32_t>(loaded.number());
        for (bool* verb :
             {&_facts.describe, &_facts.open, &_facts.close, &_facts.check, &_facts.pull,
              &_facts.push, &_facts.subscribe, &_facts.accept, &_facts.translate})
            *verb = loaded.number() != 0;
    } catch (const FrameError& error) {
        die(error);
    }
}

std::int32_t SpokeProcess::call(FrameKind what, const Packer& arguments, const Answers& answers,
                                const Bounds& bounds)
{
    _most = std::max(bounds.most, 1ms);
    _until = _deadline = steady_clock::now() + _most;
    _stopped = bounds.stopped;
    _noMore = false;
    _unwanted = 0;
    _lines = 0;
    try {
        _frames.put(what, arguments.packed());
        _frames.flush();
        const std::int32_t ended = answersOf(answers);
        readOutput();
        return ended;
    } catch (const FrameError& error) {
        die(error);
    }
}

std::int32_t SpokeProcess::answersOf(const Answers& answers)
{
    for (;;) {
        const Frame frame = _frames.next();
        switch (frame.kind) {
        case FrameKind::Ended: {
            const auto kind = static_cast<std::int32_t>(Unpacker(frame.payload).number());
            return _noMore && kind == SPH_DONE ? SPH_CANCELLED : kind; // it heard of that too late
        }
        case FrameKind::HostCall: {
            if (answers.host == nullptr)
                throw FrameError(FrameError::Kind::Garbage, "a call of a host it has not");
            const std::string answer = answerHostCall(*answers.host, frame.payload);
            if (_noMore)
                endSoon();
            if (answer.empty())
                break;
            _frames.put(FrameKind::HostAnswer, answer);
            _frames.flush();
            break;
        }
        case FrameKind::Accepted:
            if (answers.accepted == nullptr || ++_unwanted > unwantedMax)
                throw FrameError(FrameError::Kind::Garbage, "answers without end");
            handOver(frame, *answers.accepted);
            break;
        case FrameKind::Document:
        case FrameKind::AskedDocument:
        case FrameKind::LargeDocument:
            document(frame, answers);
            break;
        default:
            throw FrameError(FrameError::Kind::Garbage,
                             "a frame of the unknown kind " +
                                 std::to_string(static_cast<int>(frame.kind)));
        }
        checkTime(); // one that never stops telling is never waited for
    }
}

void SpokeProcess::document(const Frame& frame, const Answers& answers)
{
    if (answers.documents == nullptr || (_noMore && ++_unwanted > unwantedMax))
        throw FrameError(FrameError::Kind::Garbage, "documents without end");
    Unpacker unpacker(frame.payload);
    const auto kind = static_cast<std::int32_t>(unpacker.number());
    const sph_sink& sink = *answers.documents;
    sph_text json{};
    if (frame.kind != FrameKind::LargeDocument)
        json = text(unpacker.text());
    else { // of what is too large nobody looks at more than the size
        json = {"", static_cast<std::uint64_t>(unpacker.number())};
        if (json.size <= Spoke::documentBytesMax)
            throw FrameError(FrameError::Kind::Garbage, "a large document that is small");
    }
    // Why it stopped is heard although no more is wanted.
    const bool heard = !_noMore || kind == SPH_DOC_PROBLEM;
    const bool wanted = heard && sink.put(sink.self, kind, json) == 0 && !_noMore;
    if (frame.kind == FrameKind::AskedDocument) {
        _frames.put(FrameKind::Continue, Packer().number(wanted).packed());
        _frames.flush();
    } else if (!wanted && !_noMore) {
        _frames.put(FrameKind::Stop, {});
        _frames.flush();
    }
    if (!wanted && !_noMore)
        endSoon();
    _noMore = !wanted;
}

/// Waits for the socket; what the process writes meanwhile is taken, so that it does not stand
/// still for that.
void SpokeProcess::wait(int socket, short events)
{
    pollfd polled[] = {{socket, events, 0}, {_child.output(), POLLIN, 0}};
    for (;;) {
        checkTime();
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(_until - steady_clock::now());
        const int ready = ::poll(
            polled, 2, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, slice.count())));
        if (ready < 0 && errno != EINTR)
            throw FrameError(FrameError::Kind::Closed, "poll failed");
        if (ready > 0 && (polled[1].revents & POLLIN) != 0)
            readOutput();
        else if (ready > 0 && polled[1].revents != 0)
            polled[1].fd = -1; // it has closed its output
        if (ready > 0 && polled[0].revents != 0)
            return;
    }
}

/// It has been told that nothing more is wanted, and has a moment to end by itself. What it asks of
/// the host meanwhile is not on its time.
void SpokeProcess::endSoon()
{
    _until = std::min(_deadline, steady_clock::now() + stopMax);
}

void SpokeProcess::checkTime()
{
    const auto now = steady_clock::now();
    if (_stopped.stop_requested() && _until > now + stopMax)
        _until = now + stopMax;
    if (now >= _until)
        throw FrameError(FrameError::Kind::TimedOut, "");
}

void SpokeProcess::readOutput()
{
    char bytes[4096];
    for (;;) {
        const auto size = ::read(_child.output(), bytes, sizeof bytes);
        if (size <= 0)
            return;
        _output.append(bytes, static_cast<std::size_t>(size));
        takeOutput();
        checkTime();
    }
}

void SpokeProcess::takeOutput()
{
    std::size_t begin = 0;
    for (auto end = _output.find('\n');
         end != std::string::npos || _output.size() - begin > lineBytesMax;
         end = _output.find('\n', begin))
    {
        const auto size = std::min(end - begin, lineBytesMax);
        if (++_lines <= linesMax && size > 0)
            _takeLine(std::string_view(_output).substr(begin, size));
        begin += end == std::string::npos || end - begin > size ? size : size + 1;
    }
    _output.erase(0, begin);
}

void SpokeProcess::die(const FrameError& error)
{
    const int status = _child.end();
    try {
        readOutput();
    } catch (const FrameError&) {
        _output.clear(); // it wrote without end
    }
    if (!_output.empty() && _lines < linesMax)
        _takeLine(std::exchange(_output, {}));
    switch (error.kind()) {
    case FrameError::Kind::TimedOut:
        throw ProcessDied("it did not return within " + std::to_string(_most.count()) +
                          " ms, and its process was killed");
    case FrameError::Kind::Garbage:
        throw ProcessDied(std::string("it sent what nobody understands (") + error.what() +
                          "), and its process was killed");
    case FrameError::Kind::Closed:
        break;
    }
    throw ProcessDied(sentenceOf(status));
}

} // namespace spokehub::spokes
