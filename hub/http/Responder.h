#pragma once

#include "http/Message.h"
#include "http/ResponseHead.h"

#include <memory>

namespace spokehub::http
{

class Mailbox;

/// Answers one request, once, from any thread and whenever it suits. Destroyed without an answer,
/// it answers 500. Only moves; keep it where the request is.
class Responder
{
public:
    Responder(std::shared_ptr<Mailbox> mailbox, Exchange exchange);
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&& other) noexcept;
    ~Responder();

    /// Does nothing when the answer was given before. Never blocks; never throws what is not about
    /// memory.
    void send(Response response);

    /// False once the answer is given, and after a move.
    explicit operator bool() const { return _mailbox != nullptr; }

private:
    void abandon() noexcept;

    std::shared_ptr<Mailbox> _mailbox;
    Exchange _exchange;
};

} // namespace spokehub::http
