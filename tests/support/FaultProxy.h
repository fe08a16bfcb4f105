#pragma once

#include <memory>
#include <string>

namespace spokehub::test
{

/// Stands between the hub and PostgreSQL on a port of its own, and fails on request. Thread-safe.
class FaultProxy
{
public:
    /// `url`: postgresql://user@host:port/database
    explicit FaultProxy(const std::string& url);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    /// The same URL by way of the proxy.
    const std::string& url() const;

    /// The next time that the server's answer holds `text`, it is swallowed and the line is cut:
    /// what was asked has happened, and nobody knows. Once.
    void cutAtAnswer(const std::string& text);

    /// New connections are closed at once, open ones are cut.
    void goAway();
    void comeBack();

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::test
