#include "api/Problem.h"

#include "core/Json.h"
#include "core/Log.h"
#include "store/StoreError.h"

#include <algorithm>
#include <array>

namespace spokehub::api
{

namespace
{

struct Kind
{
    Refusal refusal;
    int status;
    std::string_view code;
    std::string_view title;
};

constexpr std::array kinds = {
    Kind{Refusal::BadRequest, 400, "bad_request", "Bad request"},
    Kind{Refusal::Unauthorized, 401, "unauthorized", "Unauthorized"},
    Kind{Refusal::Forbidden, 403, "forbidden", "Forbidden"},
    Kind{Refusal::NotFound, 404, "not_found", "Not found"},
    Kind{Refusal::Conflict, 409, "conflict", "Conflict"},
    Kind{Refusal::OutOfStock, 409, "out_of_stock", "Out of stock"},
    Kind{Refusal::QuotaExceeded, 403, "quota_exceeded", "Quota exceeded"},
    Kind{Refusal::TooLarge, 413, "too_large", "Too large"},
    Kind{Refusal::UnsupportedMedia, 415, "unsupported_media_type", "Unsupported media type"},
    Kind{Refusal::PreconditionFailed, 412, "precondition_failed", "Precondition failed"},
    Kind{Refusal::Unprocessable, 422, "unprocessable", "Unprocessable"},
    Kind{Refusal::TooManyRequests, 429, "too_many_requests", "Too many requests"},
    Kind{Refusal::Unavailable, 503, "unavailable", "Unavailable"},
};

Problem internal()
{
    return {500, "internal", "Internal error",
            "something went wrong in the hub; its log has it under this request id"};
}

/// Failures that pass by themselves are the caller's to repeat; the others are ours.
Problem storeProblem(const store::StoreError& error)
{
    const auto later = [&](std::string detail) {
        Log::warning("the database did not answer a request",
                     {{"failure", name(error.failure())}, {"reason", error.what()}});
        return problemOf(Refusal::Unavailable, std::move(detail));
    };
    switch (error.failure()) {
    case store::Failure::ConnectionLost:
        return later("the database cannot be reached at the moment; nothing was changed");
    case store::Failure::Busy:
    case store::Failure::Conflict:
        return later("the database is busy; nothing was changed");
    case store::Failure::Full:
    case store::Failure::ReadOnly:
        return later("the database takes no writes at the moment; nothing was changed");
    case store::Failure::UnknownOutcome:
        return later("the connection to the database broke while this was committed; whether it "
                     "happened is not known: look before repeating it");
    default:
        Log::error(
            "the database refused a statement of the hub",
            {{"failure", name(error.failure())}, {"code", error.code()}, {"reason", error.what()}});
        return internal();
    }
}

} // namespace

Problem problemOf(Refusal refusal, std::string detail)
{
    const auto kind = std::ranges::find(kinds, refusal, &Kind::refusal);
    if (kind == kinds.end())
        return internal();
    Problem problem{kind->status, kind->code, kind->title, std::move(detail)};
    if (refusal == Refusal::Unavailable || refusal == Refusal::TooManyRequests)
        problem.retryAfter = 1;
    if (refusal == Refusal::Unauthorized)
        problem.headers.push_back({"WWW-Authenticate", "Bearer realm=\"spokehub\""});
    return problem;
}

Problem problemOf(const std::exception_ptr& why)
{
    try {
        std::rethrow_exception(why);
    } catch (const Error& error) {
        Problem problem = problemOf(error.refusal(), error.what());
        problem.errors = error.fields();
        return problem;
    } catch (const store::StoreError& error) {
        return storeProblem(error);
    } catch (const std::exception& error) {
        Log::error("a request failed", {{"reason", error.what()}});
        return internal();
    } catch (...) {
        Log::error("a request failed with something that is no exception");
        return internal();
    }
}

http::Response responseOf(const Problem& problem, std::string_view requestId)
{
    std::string type = "/problems/";
    std::ranges::replace_copy(problem.code, std::back_inserter(type), '_', '-');

    JsonWriter document;
    document.beginObject()
        .member("type", type)
        .member("title", problem.title)
        .member("status", problem.status)
        .member("code", problem.code)
        .member("detail", problem.detail);
    if (!problem.errors.empty()) {
        document.key("errors").beginArray();
        for (const FieldError& error : problem.errors)
            document.beginObject()
                .member("field", error.field)
                .member("reason", error.reason)
                .endObject();
        document.endArray();
    }
    document.member("request_id", requestId).endObject();

    http::Response response;
    response.status = problem.status;
    response.contentType = "application/problem+json";
    response.body = document.take();
    response.headers = problem.headers;
    if (problem.retryAfter)
        response.headers.push_back({"Retry-After", std::to_string(*problem.retryAfter)});
    return response;
}

} // namespace spokehub::api
