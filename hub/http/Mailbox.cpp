#include "http/Mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace spokehub::http
{

Mailbox::Mailbox() : _wakeFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (_wakeFd < 0)
        throw std::system_error(errno, std::system_category(), "eventfd");
}

Mailbox::~Mailbox()
{
    close();
    ::close(_wakeFd);
}

void Mailbox::post(Answer answer)
{
    const std::lock_guard lock(_mutex);
    if (_closed)
        return;
    _answers.push_back(std::move(answer));
    wake();
}

void Mailbox::post(Newcomer newcomer)
{
    const std::lock_guard lock(_mutex);
    if (_closed) {
        ::close(newcomer.fd);
        return;
    }
    _newcomers.push_back(newcomer);
    wake();
}

void Mailbox::stop(TimePoint latest)
{
    _draining.store(true, std::memory_order_relaxed);
    const std::lock_guard lock(_mutex);
    _stopAt = latest;
    wake();
}

/// With the mutex held: a loop that rests is woken by the first thing alone.
void Mailbox::wake()
{
    if (!_resting)
        return;
    _resting = false;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written =
        ::write(_wakeFd, &one, sizeof one); // fails only when it is set already
}

void Mailbox::take(std::vector<Answer>& answers, std::vector<Newcomer>& newcomers)
{
    const std::lock_guard lock(_mutex);
    answers.swap(_answers);
    newcomers.swap(_newcomers);
}

std::optional<TimePoint> Mailbox::stopAt() const
{
    if (!draining())
        return std::nullopt;
    const std::lock_guard lock(_mutex);
    return _stopAt;
}

bool Mailbox::rest()
{
    const std::lock_guard lock(_mutex);
    _resting = _answers.empty() && _newcomers.empty();
    return _resting;
}

void Mailbox::awake(bool woken)
{
    {
        const std::lock_guard lock(_mutex);
        _resting = false;
    }
    std::uint64_t count = 0;
    if (woken) [[maybe_unused]]
        const auto taken = ::read(_wakeFd, &count, sizeof count);
}

void Mailbox::close()
{
    const std::lock_guard lock(_mutex);
    _closed = true;
    _answers.clear();
    for (const Newcomer& newcomer : _newcomers)
        ::close(newcomer.fd);
    _newcomers.clear();
}

} // namespace spokehub::http
