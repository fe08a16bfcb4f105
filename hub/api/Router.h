#pragma once

#include "access/Caller.h"
#include "api/Call.h"
#include "api/Reply.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spokehub::api
{

/// Answers a call, at once or later; what it throws becomes the problem document.
using Handle = std::function<void(Call&, const Reply&)>;

struct Anyone
{
};
struct SignedIn // or with any key
{
};

/// What a route needs of who asks. There is no default: a route without it does not compile.
using Needs = std::variant<Permission, SignedIn, Anyone>;

/// The permission's name; "signed_in", and "none" where anyone may ask.
std::string_view nameOf(const Needs& needs);

/// A line of the table. `pattern`: literal pieces and `{name}`, which takes one piece of the path;
/// `{name*}` at the end takes all that is left, at least one piece.
struct Route
{
    std::string method;
    std::string pattern;
    Needs needs;
    std::string summary;
    Handle handle;
    std::vector<std::string_view> query{}; // parameters; /api/v1 refuses others
};

/// Who sent a request; throws Error(Unauthorized, Forbidden).
using Identify = std::function<access::Caller(const http::Request&)>;

/// A handle that answers when it returns.
Handle answering(std::function<http::Response(Call&)> answer);

/// Finds the route of a request, checks that its caller may use it, and has it answered. Every
/// refusal is a problem document. Thread-safe once all routes are in.
class Router
{
public:
    explicit Router(Identify identify) : _identify(std::move(identify)) {}

    void add(Route route);
    void handle(http::Request request, const Reply& reply) const;

    const std::vector<Route>& routes() const { return _routes; }

private:
    struct Piece
    {
        std::string text; // of a literal
        bool parameter = false;
        bool rest = false;
    };
    struct Entry
    {
        std::size_t route = 0;
        std::vector<Piece> pieces;
        std::uint64_t literals =
            0; // the first piece is the highest bit: more literal is more specific
    };
    using Pieces = std::vector<std::string_view>;

    static bool fits(const Entry& entry, const Pieces& path);
    std::vector<std::string> parametersOf(const Entry& entry, const Pieces& path) const;
    const Entry* find(std::string_view method, const Pieces& path, std::string& allowed) const;
    void run(http::Request request, const Reply& reply) const;

    const Identify _identify;
    std::vector<Route> _routes;
    std::vector<Entry> _entries;
};

} // namespace spokehub::api
