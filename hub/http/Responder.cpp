#include "http/Responder.h"

#include "http/Mailbox.h"
#include "http/Rejection.h"

#include "core/Log.h"

#include <exception>

namespace spokehub::http
{

Responder::Responder(std::shared_ptr<Mailbox> mailbox, Exchange exchange)
    : _mailbox(std::move(mailbox)), _exchange(std::move(exchange))
{
}

Responder& Responder::operator=(Responder&& other) noexcept
{
    if (this != &other) {
        abandon();
        _mailbox = std::move(other._mailbox);
        _exchange = std::move(other._exchange);
    }
    return *this;
}

Responder::~Responder()
{
    abandon();
}

void Responder::send(Response response)
{
    const auto mailbox = std::move(_mailbox);
    if (mailbox == nullptr)
        return;
    response.close = response.close || !_exchange.keepAlive || mailbox->draining() ||
                     (response.more && !_exchange.http11); // that has no other way to end it
    Answer answer;
    answer.connection = _exchange.connection;
    answer.reserved = _exchange.reserved;
    answer.head = headOf(response, _exchange);
    answer.body = std::move(response.body);
    answer.close = response.close;
    answer.more = std::move(response.more);
    answer.chunked = answer.more && _exchange.http11;
    mailbox->post(std::move(answer));
}

void Responder::abandon() noexcept
{
    if (_mailbox == nullptr)
        return;
    try {
        Log::error("a request was left without an answer", {{"answer_to", _exchange.id}});
        Response response = problem({500, "the request was not answered"}, _exchange.id);
        response.close = false;
        send(std::move(response));
    } catch (const std::exception& error) {
        Log::error("no memory for an answer", {{"reason", std::string_view(error.what())}});
    }
}

} // namespace spokehub::http
