#include "support/FaultProxy.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/URI.h>

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <thread>

namespace spokehub::test
{

using Poco::Net::ServerSocket;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

struct FaultProxy::Impl
{
    /// One client, its server connection, and a thread for each direction.
    struct Line
    {
        StreamSocket client;
        StreamSocket server;
        std::thread up;
        std::thread down;

        void cut()
        {
            for (StreamSocket* socket : {&client, &server})
                ::shutdown(socket->impl()->sockfd(), SHUT_RDWR);
        }
    };

    SocketAddress target;
    ServerSocket listener{SocketAddress("127.0.0.1", 0)};
    std::string url;
    std::thread acceptor;
    std::mutex mutex;
    std::list<Line> lines;
    std::string cutText;
    bool away = false;
    std::atomic<bool> stopping{false};

    void accept()
    {
        while (!stopping) {
            try {
                StreamSocket client = listener.acceptConnection();
                const std::lock_guard lock(mutex);
                if (away || stopping)
                    continue; // closed with the last reference
                open(client);
            } catch (const Poco::Exception&) {
                continue; // the listener was shut down, or the server is away: this client is
                          // dropped
            }
        }
    }

    void open(const StreamSocket& client)
    {
        Line& line = lines.emplace_back(Line{client, StreamSocket(target), {}, {}});
        line.client.setNoDelay(true);
        line.server.setNoDelay(true);
        line.up = std::thread([this, &line] { forward(line, line.client, line.server, false); });
        line.down = std::thread([this, &line] { forward(line, line.server, line.client, true); });
    }

    void forward(Line& line, StreamSocket& from, StreamSocket& to, bool answers)
    {
        std::array<char, 65536> buffer;
        try {
            for (int got = 0; (got = from.receiveBytes(buffer.data(), buffer.size())) > 0;) {
                if (answers && mustCut({buffer.data(), static_cast<std::size_t>(got)}))
                    break;
                for (int sent = 0; sent < got;)
                    sent += to.sendBytes(buffer.data() + sent, got - sent);
            }
        } catch (const Poco::Exception&) {
            line.cut();
        }
        line.cut();
    }

    bool mustCut(std::string_view answer)
    {
        const std::lock_guard lock(mutex);
        if (cutText.empty() || answer.find(cutText) == std::string_view::npos)
            return false;
        cutText.clear();
        return true;
    }

    void cutAll()
    {
        const std::lock_guard lock(mutex);
        for (Line& line : lines)
            line.cut();
    }
};

FaultProxy::FaultProxy(const std::string& url) : _impl(std::make_unique<Impl>())
{
    Poco::URI uri(url);
    _impl->target = SocketAddress(uri.getHost(), uri.getPort());
    uri.setHost("127.0.0.1");
    uri.setPort(_impl->listener.address().port());
    _impl->url = uri.toString();
    _impl->acceptor = std::thread([this] { _impl->accept(); });
}

FaultProxy::~FaultProxy()
{
    _impl->stopping = true;
    ::shutdown(_impl->listener.impl()->sockfd(), SHUT_RDWR); // wakes the acceptor
    _impl->acceptor.join();
    _impl->cutAll();
    for (Impl::Line& line : _impl->lines) {
        line.up.join();
        line.down.join();
    }
}

const std::string& FaultProxy::url() const
{
    return _impl->url;
}

void FaultProxy::cutAtAnswer(const std::string& text)
{
    const std::lock_guard lock(_impl->mutex);
    _impl->cutText = text;
}

void FaultProxy::goAway()
{
    {
        const std::lock_guard lock(_impl->mutex);
        _impl->away = true;
    }
    _impl->cutAll();
}

void FaultProxy::comeBack()
{
    const std::lock_guard lock(_impl->mutex);
    _impl->away = false;
}

} // namespace spokehub::test
