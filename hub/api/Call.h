#pragma once

#include "access/Caller.h"
#include "api/UrlText.h"
#include "core/Id.h"
#include "core/Json.h"
#include "core/Scope.h"
#include "http/Message.h"
#include "store/Page.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::api
{

struct Route;

/// A request that found its route: who asks, and for what. One thread at a time.
class Call
{
public:
    Call(http::Request given, const Route& route, std::vector<std::string> parameters);

    http::Request request;
    access::Caller caller; // nobody where anyone may ask
    Scope scope;           // his; tenant 0 where anyone may ask
    Query query;

    const Route& route() const { return *_route; }

    /// The parameters of the path, decoded, in the order of the pattern.
    const std::string& parameter(std::size_t index) const { return _parameters.at(index); }
    const std::vector<std::string>& parameters() const { return _parameters; }
    /// The same as an id; throws Error(NotFound), naming the thing, when it is none.
    Id id(std::size_t index, std::string_view prefix, std::string_view thing) const;

    /// The body, which must be a JSON object. Throws Error(UnsupportedMedia, BadRequest).
    Json body();
    /// The same where the body may be left out; absent then.
    Json bodyIfAny();

    /// The caller's own key for this request, from Idempotency-Key; empty when there is none.
    std::string idempotencyKey() const;

    /// `cursor` and `limit`.
    store::PageRequest page() const;
    /// Parameters of the query; nothing when they are not there. Throw Error(BadRequest) when they
    /// do not read.
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min,
                                        std::int64_t max) const;
    std::optional<Time> time(std::string_view name) const;
    std::optional<std::string> text(std::string_view name) const;
    std::optional<bool> boolean(std::string_view name) const;
    std::optional<Id> id(std::string_view name, std::string_view prefix) const;
    /// Throws when it is not there or empty.
    const std::string& required(std::string_view name) const;

private:
    const Route* _route;
    std::vector<std::string> _parameters;
    std::optional<JsonDocument> _body;
};

/// Refuses a parameter of the query.
[[noreturn]] void refuseParameter(std::string_view name, const std::string& reason);

} // namespace spokehub::api
