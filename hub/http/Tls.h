#pragma once

#include <mutex>
#include <string>

struct ssl_st;
struct ssl_ctx_st;

namespace spokehub::http
{

/// The server's certificate and key, and what of TLS it speaks: 1.2 and 1.3, no renegotiation.
/// Thread-safe.
class Tls
{
public:
    /// PEM files; the certificate's with its chain. Throws std::invalid_argument when they cannot
    /// be used.
    Tls(std::string certificateFile, std::string keyFile);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    /// Reads the files anew, for the connections to come; when they cannot be used, throws and
    /// keeps the old.
    void reload();

    /// A session on this socket, which stays the caller's; free it with SSL_free.
    ssl_st* accept(int fd) const;

private:
    const std::string _certificateFile;
    const std::string _keyFile;
    mutable std::mutex _mutex;
    ssl_ctx_st* _context = nullptr;
};

} // namespace spokehub::http
