#include "api/PasswordDesk.h"

#include "api/Problem.h"
#include "store/Condition.h"
#include "store/Deed.h"
#include "store/Serving.h"

#include <sys/resource.h>

namespace spokehub::api
{

namespace
{

constexpr std::size_t threads = 2;     // 19 MiB each while they hash
constexpr std::size_t waitingMax = 64; // some two seconds of work
constexpr int niceness = 10;

} // namespace

PasswordDesk::PasswordDesk(const Clock& clock)
    : _guesses(clock), _pool("password", threads, waitingMax)
{
}

PasswordDesk::~PasswordDesk()
{
    _pool.stop(); // before what its jobs use; what comes later is turned away
}

bool PasswordDesk::submit(const Reply& reply, std::function<void()> job)
{
    const bool taken =
        _pool.submit([job = std::move(job), deed = store::Doing::current(),
                      tenant = store::Serving::current(), condition = store::Condition::take()] {
            const store::Doing doing(deed);
            const store::Serving serving(tenant);
            const store::Holding holding(condition);
            ::setpriority(PRIO_PROCESS, 0, niceness); // of this thread alone
            job();
        });
    if (!taken)
        reply.fail(std::make_exception_ptr(
            Error(Refusal::Unavailable, "too many sign-ins wait already; try again")));
    return taken;
}

void PasswordDesk::run(const Reply& reply, Work work)
{
    submit(reply, [reply, work = std::move(work)] {
        try {
            reply.send(work());
        } catch (...) {
            reply.fail(std::current_exception());
        }
    });
}

void PasswordDesk::tryNow(const Reply& reply, const Guess& guess, const Try& work)
{
    const auto began = std::chrono::steady_clock::now();
    std::optional<http::Response> answer;
    std::exception_ptr failure;
    try {
        answer = work();
    } catch (...) {
        failure = std::current_exception();
    }
    _guesses.end(guess.account, guess.address, answer.has_value());
    if (answer)
        return reply.send(std::move(*answer));
    if (failure)
        return reply.fail(failure);
    _later.at(began + wrongTakes, [reply, wrong = guess.wrong] {
        reply.fail(std::make_exception_ptr(Error(Refusal::Unauthorized, wrong)));
    });
}

void PasswordDesk::attempt(const Reply& reply, const Guess& guess, Try work)
{
    const auto wait = _guesses.begin(guess.account, guess.address);
    auto start = [this, reply, guess, work = std::move(work), deed = store::Doing::current(),
                  tenant = store::Serving::current()] {
        const store::Doing doing(deed);
        const store::Serving serving(tenant);
        if (!submit(reply, [this, reply, guess, work] { tryNow(reply, guess, work); }))
            _guesses.end(guess.account, guess.address, false);
    };
    if (wait.count() == 0)
        start();
    else
        _later.at(std::chrono::steady_clock::now() + wait, std::move(start));
}

} // namespace spokehub::api
