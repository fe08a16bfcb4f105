#include "BareServer.h"

#include "RawSqlite.h"

#include "core/Json.h"

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <iostream>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <optional>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace spokehub::bench
{

namespace
{

constexpr std::string_view good = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view bad = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";

const std::string keepMessage =
    "INSERT INTO message (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING";
const std::string addOrder =
    "INSERT INTO sale (id, number, payment, currency, total) VALUES (?, ?, ?, ?, ?)";
const std::string addLine =
    "INSERT INTO line (sale, id, sku, title, quantity, price) VALUES (?, ?, ?, ?, ?, ?)";
const std::string takeStock = "UPDATE stock SET reserved = reserved + ? WHERE sku = ? AND "
                              "on_hand - reserved >= 1";

int checked(int result, const char* what)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return result;
}

std::string_view headerOf(std::string_view head, std::string_view name)
{
    for (std::size_t at = 0; (at = head.find("\r\n", at)) != std::string_view::npos;) {
        at += 2;
        if (head.size() > at + name.size() && head[at + name.size()] == ':' &&
            ::strncasecmp(head.data() + at, name.data(), name.size()) == 0)
        {
            const std::size_t begin = head.find_first_not_of(' ', at + name.size() + 1);
            return head.substr(begin, head.find("\r\n", begin) - begin);
        }
    }
    return {};
}

struct Peer
{
    explicit Peer(int socket) : fd(socket) {}
    ~Peer() { ::close(fd); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    const int fd;
    std::string in;
};

} // namespace

struct BareServer::Impl
{
    Impl(const std::filesystem::path& file, std::string key, int wares)
        : database(file.string()), secret(std::move(key))
    {
        for (const char* sql : {"CREATE TABLE message (id TEXT PRIMARY KEY, body BLOB NOT NULL)",
                                "CREATE TABLE sale (id INTEGER PRIMARY KEY, number TEXT, payment "
                                "TEXT, currency TEXT, total TEXT)",
                                "CREATE TABLE line (sale INTEGER, id INTEGER, sku TEXT, title "
                                "TEXT, quantity INTEGER, price TEXT, "
                                "PRIMARY KEY (sale, id)) WITHOUT ROWID",
                                "CREATE TABLE stock (sku TEXT PRIMARY KEY, on_hand INTEGER, "
                                "reserved INTEGER DEFAULT 0, "
                                "CHECK (reserved BETWEEN 0 AND on_hand)) WITHOUT ROWID"})
            database.exec(sql);
        database.exec("INSERT INTO stock (sku, on_hand) WITH RECURSIVE n (i) AS (SELECT 0 UNION "
                      "ALL SELECT i + 1 "
                      "FROM n WHERE i < " +
                      std::to_string(wares - 1) + ") SELECT 'BENCH-' || i, 1000000000 FROM n");
        listen();
        epoll = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
        watch(listener, nullptr);
        ended = checked(::eventfd(0, EFD_CLOEXEC), "eventfd");
        watch(ended, nullptr);
        thread = std::thread([this] { run(); });
    }

    ~Impl()
    {
        stopping = true;
        const std::uint64_t one = 1;
        (void)!::write(ended, &one, sizeof one);
        thread.join();
        peers.clear();
        for (const int fd : {listener, epoll, ended})
            ::close(fd);
    }

    void listen()
    {
        listener =
            checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        checked(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), "bind");
        checked(::listen(listener, 1024), "listen");
        checked(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size),
                "getsockname");
        port = ntohs(address.sin_port);
    }

    void watch(int fd, Peer* peer) const
    {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = peer;
        checked(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    }

    void run()
    try {
        ::pthread_setname_np(::pthread_self(), "bare");
        while (!stopping) {
            std::array<epoll_event, 256> events;
            const int count =
                ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
            std::vector<std::pair<int, bool>> answers;
            for (int i = 0; i < count; ++i)
                if (auto* peer = static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr))
                    read(*peer, answers);
                else
                    accept();
            if (open)
                database.exec("COMMIT"); // one flush for all that came together
            open = false;
            for (const auto& [fd, genuine] : answers) {
                const std::string_view text = genuine ? good : bad;
                (void)!::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
            }
        }
    } catch (const std::exception& error) {
        std::cerr << "bench: the bare server: " << error.what() << '\n';
    }

    void accept()
    {
        for (;;) {
            const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (fd < 0)
                return;
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            peers.push_back(std::make_unique<Peer>(fd));
            watch(fd, peers.back().get());
        }
    }

    void read(Peer& peer, std::vector<std::pair<int, bool>>& answers)
    {
        char buffer[16384];
        const ssize_t got = ::recv(peer.fd, buffer, sizeof buffer, 0);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN)
                ::epoll_ctl(epoll, EPOLL_CTL_DEL, peer.fd, nullptr);
            return;
        }
        peer.in.append(buffer, static_cast<std::size_t>(got));
        const std::size_t headEnd = peer.in.find("\r\n\r\n");
        if (headEnd == std::string::npos)
            return;
        const std::string_view head = std::string_view(peer.in).substr(0, headEnd);
        const std::string_view length = headerOf(head, "Content-Length");
        std::size_t size = 0;
        std::from_chars(length.data(), length.data() + length.size(), size);
        if (peer.in.size() < headEnd + 4 + size)
            return;
        const auto body = std::string_view(peer.in).substr(headEnd + 4, size);
        const bool genuine = isGenuine(head, body);
        if (genuine)
            apply(headerOf(head, "X-Shopify-Webhook-Id"), body);
        answers.emplace_back(peer.fd, genuine);
        peer.in.clear();
    }

    bool isGenuine(std::string_view head, std::string_view body) const
    {
        unsigned char mac[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, &size);
        char text[64];
        const int length =
            EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text), mac, static_cast<int>(size));
        return headerOf(head, "X-Shopify-Hmac-Sha256") ==
               std::string_view(text, static_cast<std::size_t>(length));
    }

    void apply(std::string_view message, std::string_view body)
    {
        if (!open)
            database.exec("BEGIN IMMEDIATE");
        open = true;
        database.run(keepMessage, {message, body});
        if (database.changes() == 0)
            return;
        const auto document = JsonDocument::parse(body);
        if (!document)
            return;
        const Json order = document->root();
        const std::int64_t id = order.integerOr("id");
        database.run(addOrder, {id, order.textOr("name"), order.textOr("financial_status"),
                                order.textOr("currency"), order.textOr("total_price")});
        order["line_items"].each([&](Json line) {
            const std::int64_t quantity = line.integerOr("quantity");
            const std::string_view sku = line.textOr("sku");
            database.run(addLine, {id, line.integerOr("id"), sku, line.textOr("title"), quantity,
                                   line.textOr("price")});
            database.run(takeStock, {quantity, sku});
            return true;
        });
    }

    RawSqlite database;
    const std::string secret;
    int listener = -1;
    int epoll = -1;
    int ended = -1;
    std::uint16_t port = 0;
    bool open = false; // a transaction
    std::vector<std::unique_ptr<Peer>> peers;
    std::atomic<bool> stopping = false;
    std::thread thread;
};

BareServer::BareServer(const std::filesystem::path& database, const std::string& secret, int wares)
    : _impl(std::make_unique<Impl>(database, secret, wares))
{
}

BareServer::~BareServer() = default;

std::uint16_t BareServer::port() const
{
    return _impl->port;
}

double BareServer::cpuSeconds() const
{
    clockid_t clock{};
    timespec used{};
    ::pthread_getcpuclockid(_impl->thread.native_handle(), &clock);
    ::clock_gettime(clock, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::int64_t BareServer::orders() const
{
    return _impl->database.number("SELECT COUNT(*) FROM sale");
}

} // namespace spokehub::bench
