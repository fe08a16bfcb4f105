#pragma once

#include "access/Caller.h"
#include "api/Call.h"
#include "api/Limits.h"
#include "api/Problem.h"
#include "api/Reply.h"
#include "store/Condition.h"

#include <functional>
#include <memory>
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

/// What a route answers when all is well, in the words of openapi.yaml.
struct Answer
{
    int status = 200;
    std::string_view schema{}; // empty: no body
    bool list = false;         // of such things, page by page
    std::string_view type = "application/json";
};

/// A line of the table, and of the API's document. `pattern`: literal pieces and `{name}`, which
/// takes one piece of the path;
/// `{name*}` at the end takes all that is left, at least one piece.
struct Route
{
    std::string method;
    std::string pattern;
    Needs needs;
    std::string summary;
    Handle handle;
    std::vector<std::string_view> query{}; // parameters; /api/v1 refuses others

    std::string_view body{}; // its schema; empty: none is looked at
    bool bodyOptional = false;
    std::string_view bodyType = "application/json";
    std::vector<Answer> answers{};
    std::vector<std::string_view> headers{}; // that its answers may have beside the common ones
    bool idempotent = false;                 // takes an Idempotency-Key
    bool guarded = false;                    // heeds If-Match: the ETag of shownBy(it)

    Route& takes(std::string_view schema, std::string_view type = "application/json");
    Route& mayTake(std::string_view schema);
    Route& gives(std::string_view schema, int status = 200);
    Route& givesNothing(int status = 204) { return gives({}, status); }
    Route& gives(const Answer& answer);
    Route& lists(std::string_view schema);
    Route& with(std::string_view header);
    /// Under one key of the caller it has one effect.
    Route& once();
    /// It is refused when the caller knows the thing otherwise than it is (If-Match).
    Route& guard();
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
    /// `limit` may be left out; asked for each request whose caller is known.
    using Limit = std::function<RateLimits::Standing(const access::Caller&)>;

    /// Runs something on another thread; false when too much waits there.
    using Run = std::function<bool(std::function<void()>)>;

    explicit Router(Identify identify, Limit limit = nullptr, Run later = nullptr)
        : _identify(std::move(identify)), _limit(std::move(limit)), _later(std::move(later))
    {
    }

    /// What it takes and gives is said of what this returns; good until the next one is added.
    Route& add(Route route);
    void handle(http::Request request, const Reply& reply) const;

    const std::vector<Route>& routes() const { return _routes; }

    /// The GET that shows what a route changes: the nearest one above it that shows one thing, else
    /// the nearest list. Null when there is none.
    const Route* shownBy(const Route& change) const;

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

    /// A whole list as CSV: what it was asked with, and how far it has come.
    struct Export
    {
        http::Request request; // without a cursor
        std::vector<std::string> columns;
        std::string cursor;
    };

    static bool fits(const Entry& entry, const Pieces& path);
    std::vector<std::string> parametersOf(const Entry& entry, const Pieces& path) const;
    const Entry* find(std::string_view method, const Pieces& path, std::string& allowed) const;
    void run(http::Request request, const Reply& reply, bool limited = true) const;
    store::Condition conditionOf(const Call& call) const;
    http::More rest(std::shared_ptr<Export> list) const;
    void page(const std::shared_ptr<Export>& list,
              const std::function<void(http::Piece)>& give) const;
    /// Why this caller may not, if so; `headers` tell how he stands with his limit.
    std::optional<Problem> refusalOf(const access::Caller& caller, const Route& route, bool limited,
                                     std::vector<http::Header>& headers) const;
    Reply dressed(const Call& call, const Reply& reply, std::vector<http::Header> standing,
                  const std::string& key, std::shared_ptr<Export> list) const;

    const Identify _identify;
    const Limit _limit;
    const Run _later;
    mutable UnderWay _underWay;
    std::vector<Route> _routes;
    std::vector<Entry> _entries;
};

} // namespace spokehub::api
