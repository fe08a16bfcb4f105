#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace Poco::Net
{
class HTTPServer;
}

namespace spokehub::test
{

/// A channel's HTTP server on a free port of 127.0.0.1 that answers as the test says, and remembers
/// what it was asked.
class SmallServer
{
public:
    struct Asked
    {
        std::string method;
        std::string target;
        std::map<std::string, std::string> headers; // names in lower case
        std::string body;
    };
    struct Said
    {
        int status = 200;
        std::string body;
        std::string type = "application/json";
    };
    /// Runs on threads of the server, one call at a time.
    using Answer = std::function<Said(const Asked&)>;

    explicit SmallServer(Answer answer);
    ~SmallServer();

    std::string url() const;
    /// How often it was asked this ("GET /keys/k1").
    int asked(const std::string& what) const;
    std::vector<Asked> all() const;

private:
    class Handler;
    class Factory;

    Said take(Asked asked);

    const Answer _answer;
    mutable std::mutex _mutex;
    std::vector<Asked> _asked;
    std::unique_ptr<Poco::Net::HTTPServer> _http;
};

} // namespace spokehub::test
