#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokehub::test
{

struct Reply
{
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    int interim = 0; // answers of 1xx that came before

    /// The first header of this name, in any case; empty when there is none.
    std::string header(std::string_view name) const;
};

/// A plain, blocking client of one connection to 127.0.0.1 that is kept while the server keeps it.
/// Nothing waits for longer than ten seconds: then it throws, as it does when the server breaks its
/// word. Each exchange goes as a line of JSON into the file that SPOKEHUB_TRAFFIC names, when it does
/// (tests/contract).
class HttpClient
{
public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    explicit HttpClient(std::uint16_t port);
    ~HttpClient();
    HttpClient(HttpClient&& other) noexcept;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    Reply get(std::string_view target, const Headers& headers = {});
    Reply post(std::string_view target, std::string_view body, const Headers& headers = {});
    Reply request(std::string_view method, std::string_view target, std::string_view body,
                  const Headers& headers = {});

    // Bytes as they are.
    void connect(); // when not connected
    /// False when the server has closed before all was sent.
    bool send(std::string_view bytes);
    void endSending();
    /// The next answer; nothing when the server closed instead.
    std::optional<Reply> receive(bool headOnly = false);
    /// Waits until the server closes; true when it sent nothing more before.
    bool endsHere();

private:
    bool fill();
    std::string receiveChunks();
    void disconnect();

    const std::uint16_t _port;
    int _fd = -1;
    std::string _in;
};

} // namespace spokehub::test
