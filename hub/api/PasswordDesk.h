#pragma once

#include "access/Guesses.h"
#include "api/Later.h"
#include "api/Reply.h"
#include "http/Workers.h"

#include <functional>
#include <optional>
#include <string>

namespace spokehub::api
{

/// Where passwords are worked on: a pool of two threads of low priority, so that a flood of
/// sign-ins takes neither the threads nor the processor from stock work, and attempts that wait
/// because of earlier ones (access/Guesses) hold no thread.
class PasswordDesk
{
public:
    /// An answer to a wrong password takes at least this long, whatever the reason: longer than any
    /// way to find out. So the time says nothing of whether there is such a user.
    static constexpr std::chrono::milliseconds wrongTakes{500};

    explicit PasswordDesk(const Clock& clock);
    ~PasswordDesk();

    using Work = std::function<http::Response()>;
    /// Answers with what the work gives, or with the problem of what it throws.
    void run(const Reply& reply, Work work);

    struct Guess
    {
        std::string account;
        std::string address;
        std::string wrong; // what is told then
    };
    using Try = std::function<std::optional<http::Response>()>;
    /// The same for work that tries a password, and gives nothing when it is wrong.
    void attempt(const Reply& reply, const Guess& guess, Try work);

private:
    bool submit(const Reply& reply, std::function<void()> job);
    void tryNow(const Reply& reply, const Guess& guess, const Try& work);

    access::Guesses _guesses;
    http::Workers _pool;
    Later _later;
};

} // namespace spokehub::api
