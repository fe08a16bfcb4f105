#include "http/ResponseHead.h"

#include "http/Rejection.h"

#include "core/Log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace spokehub::http
{

namespace
{

constexpr std::array<std::string_view, 8> ours = {
    "Content-Length",    "Date",       "X-Request-Id", "Content-Type", "X-Content-Type-Options",
    "Transfer-Encoding", "Connection", "Keep-Alive"};

bool isOurs(std::string_view name)
{
    return std::ranges::any_of(ours, [name](auto known) { return equalNames(known, name); });
}

bool isClean(std::string_view text)
{
    return std::ranges::none_of(
        text, [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; });
}

bool canBeSent(const Response& response)
{
    return response.status >= 200 && response.status <= 599 && isClean(response.contentType) &&
           std::ranges::all_of(response.headers, [](const Header& header) {
               return !header.name.empty() && isClean(header.name) &&
                      header.name.find_first_of(": \t") == std::string::npos &&
                      isClean(header.value);
           });
}

/// "Sun, 06 Nov 1994 08:49:37 GMT", made once a second on each thread.
std::string_view date()
{
    thread_local std::time_t shown = -1;
    thread_local std::array<char, 64> text{};
    const std::time_t now = std::time(nullptr);
    if (now != shown) {
        constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::tm utc{};
        gmtime_r(&now, &utc);
        std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      days.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                      months.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900,
                      utc.tm_hour, utc.tm_min, utc.tm_sec);
        shown = now;
    }
    return text.data();
}

void addHeader(std::string& head, std::string_view name, std::string_view value)
{
    head.append(name).append(": ").append(value).append("\r\n");
}

void addNumber(std::string& text, std::size_t number)
{
    std::array<char, 24> digits{};
    text.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

} // namespace

std::string headOf(Response& response, const Exchange& exchange)
{
    if (!canBeSent(response)) {
        Log::error("an answer could not be sent: its status or a header is malformed",
                   {{"status", std::int64_t{response.status}}, {"answer_to", exchange.id}});
        response = problem({500, "the answer could not be sent"}, exchange.id);
    }
    std::string head;
    head.reserve(256);
    head += "HTTP/1.1 ";
    addNumber(head, static_cast<std::size_t>(response.status));
    head.append(" ").append(reasonPhrase(response.status)).append("\r\n");

    const bool bodyAllowed = response.status != 204 && response.status != 304;
    if (!response.contentType.empty() && bodyAllowed)
        addHeader(head, "Content-Type", response.contentType);
    if (bodyAllowed && response.more) {
        if (exchange.http11)
            addHeader(head, "Transfer-Encoding", "chunked");
    } else if (bodyAllowed) {
        head += "Content-Length: ";
        addNumber(head, response.body.size());
        head += "\r\n";
    }
    addHeader(head, "Date", date());
    addHeader(head, "X-Request-Id", exchange.id);
    head += "X-Content-Type-Options: nosniff\r\n";
    for (const Header& header : response.headers)
        if (!isOurs(header.name))
            addHeader(head, header.name, header.value);
    if (response.close)
        head += "Connection: close\r\n";
    else if (!exchange.http11)
        head += "Connection: keep-alive\r\n";
    head += "\r\n";

    if (!bodyAllowed || exchange.headOnly) {
        response.body.clear();
        response.more = nullptr;
    }
    return head;
}

} // namespace spokehub::http
