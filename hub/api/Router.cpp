#include "api/Router.h"

#include "api/Csv.h"
#include "api/Etag.h"
#include "api/OpenApi.h"
#include "api/Problem.h"
#include "core/Log.h"
#include "store/Deed.h"
#include "store/Serving.h"

#include <algorithm>
#include <stdexcept>

namespace spokehub::api
{

namespace
{

/// "/a/b" in pieces; what does not begin with a slash has none.
std::vector<std::string_view> piecesOf(std::string_view path)
{
    std::vector<std::string_view> pieces;
    pieces.reserve(8);
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        pieces.push_back(path.substr(0, path.find('/')));
        path.remove_prefix(pieces.back().size());
    }
    return pieces;
}

void allow(std::string& allowed, std::string_view method)
{
    if (allowed.find(method) == std::string::npos)
        allowed.append(allowed.empty() ? "" : ", ").append(method);
}

Problem wrongMethod(const http::Request& request, const std::string& allowed)
{
    Problem problem{405, "method_not_allowed", "Method not allowed",
                    request.path + " takes " + allowed + ", not " + request.method};
    problem.headers.push_back({"Allow", allowed});
    return problem;
}

void refuseUnknownParameters(const Call& call)
{
    std::vector<FieldError> unknown;
    for (const auto& [name, value] : call.query.all())
        if (std::ranges::find(call.route().query, name) == call.route().query.end())
            unknown.push_back({name, "is not known here"});
    if (unknown.empty())
        return;
    std::string known;
    for (const std::string_view name : call.route().query)
        known.append(known.empty() ? " (known: " : ", ").append(name);
    const std::string message = "query parameter " + unknown.front().field + " is not known here" +
                                (known.empty() ? "; none is" : known + ")");
    throw Error(Refusal::BadRequest, message, std::move(unknown));
}

/// Not what nobody may keep. The same as the caller has is not sent again.
void tag(http::Response& response, const std::string& known)
{
    if (response.status != 200 || response.contentType.find("json") == std::string::npos)
        return;
    const bool kept = std::ranges::none_of(response.headers, [](const http::Header& header) {
        return header.name == "Cache-Control";
    });
    if (!kept)
        return;
    std::string etag = etagOf(response.body);
    const bool same = !known.empty() && namesEtag(known, etag);
    response.headers.push_back({"ETag", std::move(etag)});
    if (same) {
        response.status = 304;
        response.body.clear();
        response.contentType.clear();
    }
}

/// Whoever asks for CSV and not for a page wants the whole list.
bool isExport(const http::Request& request, const Route& route)
{
    const Query query(request.query);
    return (request.method == "GET" || request.method == "HEAD") && !route.answers.empty() &&
           route.answers.front().list && wantsCsv(request) &&
           std::ranges::find(route.query, "cursor") != route.query.end() &&
           query.find("cursor") == nullptr && query.find("limit") == nullptr;
}

std::string withPage(const std::string& query, const std::string& cursor)
{
    return query + (query.empty() ? "" : "&") + "limit=" + std::to_string(store::pageLimitMax) +
           (cursor.empty() ? "" : "&cursor=" + cursor);
}

/// Reservations are in the movements of stock, each with who and why, and there are too many of
/// them to be written twice.
bool isAudited(const Route& route)
{
    const auto* permission = std::get_if<Permission>(&route.needs);
    return route.method != "GET" && !std::holds_alternative<Anyone>(route.needs) &&
           (permission == nullptr || *permission != Permission::StockReserve);
}

std::shared_ptr<const store::Deed> deedOf(const Call& call)
{
    const Route& route = call.route();
    if (!isAudited(route))
        return nullptr;
    std::string subject;
    for (const std::string& parameter : call.parameters())
        subject += (subject.empty() ? "" : " ") + parameter;
    return std::make_shared<const store::Deed>(
        store::Deed{call.scope.tenant, call.scope.actor, std::string(nameOf(route.needs)),
                    route.method + " " + route.pattern, std::move(subject),
                    call.request.remoteAddress, call.request.id});
}

} // namespace

std::string_view nameOf(const Needs& needs)
{
    if (const auto* permission = std::get_if<Permission>(&needs))
        return name(*permission);
    return std::holds_alternative<SignedIn>(needs) ? "signed_in" : "none";
}

Handle answering(std::function<http::Response(Call&)> answer)
{
    return
        [answer = std::move(answer)](Call& call, const Reply& reply) { reply.send(answer(call)); };
}

Route& Route::takes(std::string_view schema, std::string_view type)
{
    body = schema;
    bodyType = type;
    return *this;
}

Route& Route::mayTake(std::string_view schema)
{
    bodyOptional = true;
    return takes(schema);
}

Route& Route::gives(std::string_view schema, int status)
{
    return gives(Answer{.status = status, .schema = schema});
}

Route& Route::gives(const Answer& answer)
{
    answers.push_back(answer);
    return *this;
}

Route& Route::lists(std::string_view schema)
{
    return gives(Answer{.schema = schema, .list = true});
}

Route& Route::with(std::string_view header)
{
    headers.push_back(header);
    return *this;
}

Route& Route::once()
{
    idempotent = true;
    return with("Idempotency-Replayed");
}

Route& Route::guard()
{
    guarded = true;
    return *this;
}

Route& Router::add(Route route)
{
    Entry entry;
    entry.route = _routes.size();
    std::uint64_t bit = std::uint64_t{1} << 63;
    for (const std::string_view text : piecesOf(route.pattern)) {
        Piece piece{std::string(text), text.starts_with('{'), text.ends_with("*}")};
        if (!piece.parameter)
            entry.literals |= bit;
        bit >>= 1;
        entry.pieces.push_back(std::move(piece));
    }
    for (const Entry& other : _entries)
        if (_routes[other.route].method == route.method &&
            _routes[other.route].pattern == route.pattern)
            throw std::logic_error("two routes for " + route.method + " " + route.pattern);
    _routes.push_back(std::move(route));
    _entries.push_back(std::move(entry));
    return _routes.back();
}

bool Router::fits(const Entry& entry, const Pieces& path)
{
    const bool rest = !entry.pieces.empty() && entry.pieces.back().rest;
    if (rest ? path.size() < entry.pieces.size() : path.size() != entry.pieces.size())
        return false;
    for (std::size_t i = 0; i < entry.pieces.size(); ++i) {
        const Piece& piece = entry.pieces[i];
        if (piece.parameter ? path[i].empty() : path[i] != piece.text)
            return false;
    }
    return true;
}

const Router::Entry* Router::find(std::string_view method, const Pieces& path,
                                  std::string& allowed) const
{
    const Entry* best = nullptr;
    for (const Entry& entry : _entries) {
        if (!fits(entry, path))
            continue;
        const std::string& taken = _routes[entry.route].method;
        if (taken == method || (method == "HEAD" && taken == "GET")) {
            if (best == nullptr || entry.literals > best->literals)
                best = &entry;
        } else {
            allow(allowed, taken);
            if (taken == "GET")
                allow(allowed, "HEAD");
        }
    }
    return best;
}

std::vector<std::string> Router::parametersOf(const Entry& entry, const Pieces& path) const
{
    std::vector<std::string> parameters;
    for (std::size_t i = 0; i < entry.pieces.size(); ++i) {
        const Piece& piece = entry.pieces[i];
        if (!piece.parameter)
            continue;
        std::string_view text = path[i];
        if (piece.rest)
            text = std::string_view(
                text.data(),
                static_cast<std::size_t>(path.back().data() + path.back().size() - text.data()));
        auto decoded = decodedPath(text);
        if (!decoded)
            throw Error(Refusal::BadRequest, "the path holds what is not plain UTF-8 text");
        parameters.push_back(*std::move(decoded));
    }
    return parameters;
}

void Router::run(http::Request request, const Reply& reply, bool limited) const
{
    const Pieces path = piecesOf(request.path);
    std::string allowed;
    const Entry* entry = find(request.method, path, allowed);
    if (entry == nullptr && !allowed.empty())
        return reply.send(responseOf(wrongMethod(request, allowed), reply.requestId()));
    if (entry == nullptr)
        throw Error(Refusal::NotFound,
                    "there is nothing at " + request.path + "; /api/v1 lists what there is");
    const Route& route = _routes[entry->route];
    auto parameters = parametersOf(*entry, path);
    std::vector<http::Header> standing;
    access::Caller caller;
    if (!std::holds_alternative<Anyone>(route.needs)) {
        caller = _identify(request);
        if (const auto problem = refusalOf(caller, route, limited, standing))
            return reply.send(responseOf(*problem, reply.requestId()));
    }
    std::shared_ptr<Export> list;
    if (isExport(request, route)) {
        list =
            std::make_shared<Export>(Export{request, columnsOf(route.answers.front().schema), {}});
        request.query = withPage(request.query, {});
    }
    Call call(std::move(request), route, std::move(parameters));
    call.scope = caller.scope;
    call.caller = std::move(caller);
    if (route.pattern.starts_with("/api/v1"))
        refuseUnknownParameters(call);
    const store::Serving serving(call.scope.tenant);
    const store::Doing doing(deedOf(call));
    const store::Holding holding(conditionOf(call));
    const std::string key = route.idempotent ? call.idempotencyKey() : std::string();
    if (!key.empty() && !_underWay.enter(call.scope.tenant, key))
        throw Error(Refusal::Conflict, "a request under Idempotency-Key " + key +
                                           " is being answered; ask again in a moment");
    const Reply answer = dressed(call, reply, std::move(standing), key, std::move(list));
    try {
        route.handle(call, answer);
    } catch (...) {
        answer.fail(std::current_exception());
    }
}

const Route* Router::shownBy(const Route& change) const
{
    const Route* best = nullptr;
    const auto rank = [](const Route& route) {
        return std::pair(!route.answers.front().list, route.pattern.size());
    };
    for (const Route& each : _routes) {
        const bool shows =
            each.method == "GET" && !each.answers.empty() &&
            (each.pattern == change.pattern || (each.pattern.find('{') != std::string::npos &&
                                                change.pattern.starts_with(each.pattern + "/")));
        if (shows && (best == nullptr || rank(each) > rank(*best)))
            best = &each;
    }
    return best;
}

/// What GET would answer him, in the transaction of the change, must be what his If-Match names.
store::Condition Router::conditionOf(const Call& call) const
{
    const std::string* known = call.request.header("If-Match");
    if (known == nullptr || !call.route().guarded)
        return {};
    const Route* shown = shownBy(call.route());
    if (shown == nullptr)
        throw std::logic_error("nothing shows what " + call.route().pattern + " changes");
    return store::Condition([shown, known = *known, caller = call.caller,
                             parameters = call.parameters(), makes = call.route().method == "PUT"] {
        const store::Serving serving(caller.scope.tenant);
        http::Request get;
        get.method = shown->method;
        Call asked(std::move(get), *shown, parameters);
        asked.caller = caller;
        asked.scope = caller.scope;
        try {
            shown->handle(asked, Reply({}, [&](const http::Response& answer) {
                              requireMatch(known, answer.body);
                          }));
        } catch (const Error& error) {
            if (error.refusal() != Refusal::NotFound)
                throw;
            if (makes)
                throw Error(Refusal::PreconditionFailed, "there is no such thing to be changed");
            // else the change itself says so
        }
    });
}

std::optional<Problem> Router::refusalOf(const access::Caller& caller, const Route& route,
                                         bool limited, std::vector<http::Header>& headers) const
{
    if (_limit && limited) {
        RateLimits::Standing standing = _limit(caller);
        headers = std::move(standing.headers);
        if (!standing.allowed) {
            Problem problem = problemOf(Refusal::TooManyRequests,
                                        caller.scope.actor + " has asked too often; the limit is " +
                                            headers.front().value + " requests a minute");
            problem.retryAfter = standing.retryAfter;
            problem.headers = headers;
            return problem;
        }
    }
    const auto* permission = std::get_if<Permission>(&route.needs);
    if (permission == nullptr || caller.permissions.has(*permission))
        return std::nullopt;
    Problem problem =
        problemOf(Refusal::Forbidden, caller.scope.actor + " may not do this: it needs " +
                                          std::string(name(*permission)));
    problem.headers = headers;
    return problem;
}

/// What all answers have in common is put on here: how the caller stands, the tag of what was read,
/// and CSV for whoever asked for it.
Reply Router::dressed(const Call& call, const Reply& reply, std::vector<http::Header> standing,
                      const std::string& key, std::shared_ptr<Export> list) const
{
    const bool read = call.request.method == "GET" || call.request.method == "HEAD";
    const auto& answers = call.route().answers;
    const bool csv = read && !answers.empty() && answers.front().list && wantsCsv(call.request);
    const std::string* known = read ? call.request.header("If-None-Match") : nullptr;
    return {reply.requestId(),
            [this, reply, standing = std::move(standing), key, read, csv, list = std::move(list),
             &route = call.route(), known = known == nullptr ? std::string() : *known,
             tenant = call.scope.tenant](http::Response response) {
                if (!key.empty())
                    _underWay.leave(tenant, key);
                if (list && response.status == 200) {
                    list->cursor = nextCursorOf(response.body);
                    response = csvResponse(response, list->columns);
                    response.headers.clear();
                    if (!list->cursor.empty())
                        response.more = rest(list);
                } else if (csv && response.status == 200)
                    response = csvResponse(response, columnsOf(route.answers.front().schema));
                if (read)
                    tag(response, known);
                response.headers.insert(response.headers.end(), standing.begin(), standing.end());
                reply.send(std::move(response));
            }};
}

http::More Router::rest(std::shared_ptr<Export> list) const
{
    return [this, list = std::move(list)](std::function<void(http::Piece)> give) {
        auto next = [this, list, give] { page(list, give); };
        if (!_later)
            next();
        else if (!_later(std::move(next)))
            give({.broken = true});
    };
}

/// The next page, for whoever still may: a caller who was deactivated gets no more.
void Router::page(const std::shared_ptr<Export>& list,
                  const std::function<void(http::Piece)>& give) const
{
    http::Request request = list->request;
    request.query = withPage(request.query, list->cursor);
    std::erase_if(request.headers, [](const http::Header& header) {
        return http::equalNames(header.name, "Accept") ||
               http::equalNames(header.name, "If-None-Match");
    });
    const LogRequest logged(request.id);
    const Reply reply(request.id, [list, give](const http::Response& response) {
        if (response.status != 200) {
            Log::warning("an export was cut off",
                         {{"list", list->request.path}, {"status", std::int64_t{response.status}}});
            return give({.broken = true});
        }
        list->cursor = nextCursorOf(response.body);
        give({.bytes = csvRows(response.body, list->columns), .last = list->cursor.empty()});
    });
    try {
        run(std::move(request), reply, false);
    } catch (...) {
        reply.fail(std::current_exception());
    }
}

void Router::handle(http::Request request, const Reply& reply) const
{
    const LogRequest logged(request.id);
    try {
        run(std::move(request), reply);
    } catch (...) {
        reply.fail(std::current_exception());
    }
}

} // namespace spokehub::api
