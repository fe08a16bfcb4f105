#include "http/Tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace spokehub::http
{

namespace
{

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a client that leaves would raise SIGPIPE.

int fdOf(BIO* bio)
{
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool again()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int writeSocket(BIO* bio, const char* bytes, int size)
{
    BIO_clear_retry_flags(bio);
    const auto sent = ::send(fdOf(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && again())
        BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int readSocket(BIO* bio, char* room, int size)
{
    BIO_clear_retry_flags(bio);
    const auto got = ::recv(fdOf(bio), room, static_cast<std::size_t>(size), 0);
    if (got < 0 && again())
        BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

long controlSocket(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* socketMethod()
{
    static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> method = [] {
        std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"), BIO_meth_free);
        if (made == nullptr)
            throw std::bad_alloc();
        BIO_meth_set_write(made.get(), writeSocket);
        BIO_meth_set_read(made.get(), readSocket);
        BIO_meth_set_ctrl(made.get(), controlSocket);
        return made;
    }();
    return method.get();
}

/// HTTP/1.1 is all there is; a client that names protocols without it is told so.
int selectProtocol(SSL*, const unsigned char** selected, unsigned char* size,
                   const unsigned char* offered, unsigned offeredSize, void*)
{
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, ours, sizeof ours - 1, offered, offeredSize) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *selected = found;
    return SSL_TLSEXT_ERR_OK;
}

[[noreturn]] void refuse(const std::string& what)
{
    const unsigned long code = ERR_get_error();
    const char* reason = ERR_reason_error_string(code);
    ERR_clear_error();
    throw std::invalid_argument(what + (reason == nullptr ? "" : std::string(": ") + reason));
}

Context load(const std::string& certificateFile, const std::string& keyFile)
{
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (context == nullptr)
        throw std::bad_alloc();
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context.get(), selectProtocol, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificateFile.c_str()) != 1)
        refuse("server.tls: cannot use the certificate " + certificateFile);
    if (SSL_CTX_use_PrivateKey_file(context.get(), keyFile.c_str(), SSL_FILETYPE_PEM) != 1)
        refuse("server.tls: cannot use the key " + keyFile);
    if (SSL_CTX_check_private_key(context.get()) != 1)
        refuse("server.tls: the key " + keyFile + " is not that of " + certificateFile);
    return context;
}

} // namespace

Tls::Tls(std::string certificateFile, std::string keyFile)
    : _certificateFile(std::move(certificateFile)), _keyFile(std::move(keyFile)),
      _context(load(_certificateFile, _keyFile).release())
{
}

Tls::~Tls()
{
    SSL_CTX_free(_context);
}

void Tls::reload()
{
    Context fresh = load(_certificateFile, _keyFile);
    const std::lock_guard lock(_mutex);
    SSL_CTX_free(
        std::exchange(_context, fresh.release())); // sessions hold it as long as they need it
}

ssl_st* Tls::accept(int fd) const
{
    BIO* bio = BIO_new(socketMethod());
    if (bio == nullptr)
        throw std::bad_alloc();
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    BIO_set_init(bio, 1);
    const std::lock_guard lock(_mutex);
    SSL* session = SSL_new(_context);
    if (session == nullptr) {
        BIO_free(bio);
        throw std::bad_alloc();
    }
    SSL_set_bio(session, bio, bio);
    SSL_set_accept_state(session);
    return session;
}

} // namespace spokehub::http
