#include "http/Rejection.h"

#include "core/Json.h"

#include <algorithm>
#include <array>

namespace spokehub::http
{

namespace
{

struct Name
{
    int status;
    std::string_view phrase;
    std::string_view code; // of the problem documents that the server itself gives
};

constexpr std::array names = {
    Name{200, "OK", ""},
    Name{201, "Created", ""},
    Name{202, "Accepted", ""},
    Name{204, "No Content", ""},
    Name{206, "Partial Content", ""},
    Name{301, "Moved Permanently", ""},
    Name{302, "Found", ""},
    Name{303, "See Other", ""},
    Name{304, "Not Modified", ""},
    Name{307, "Temporary Redirect", ""},
    Name{308, "Permanent Redirect", ""},
    Name{400, "Bad Request", "bad_request"},
    Name{401, "Unauthorized", "unauthorized"},
    Name{403, "Forbidden", "forbidden"},
    Name{404, "Not Found", "not_found"},
    Name{405, "Method Not Allowed", "method_not_allowed"},
    Name{406, "Not Acceptable", "not_acceptable"},
    Name{408, "Request Timeout", "request_timeout"},
    Name{409, "Conflict", "conflict"},
    Name{410, "Gone", "gone"},
    Name{411, "Length Required", "length_required"},
    Name{412, "Precondition Failed", "precondition_failed"},
    Name{413, "Content Too Large", "too_large"},
    Name{414, "URI Too Long", "uri_too_long"},
    Name{415, "Unsupported Media Type", "unsupported_media_type"},
    Name{417, "Expectation Failed", "expectation_failed"},
    Name{421, "Misdirected Request", "misdirected_request"},
    Name{422, "Unprocessable Content", "unprocessable"},
    Name{428, "Precondition Required", "precondition_required"},
    Name{429, "Too Many Requests", "too_many_requests"},
    Name{431, "Request Header Fields Too Large", "headers_too_large"},
    Name{500, "Internal Server Error", "internal"},
    Name{501, "Not Implemented", "not_implemented"},
    Name{502, "Bad Gateway", "bad_gateway"},
    Name{503, "Service Unavailable", "unavailable"},
    Name{504, "Gateway Timeout", "gateway_timeout"},
    Name{505, "HTTP Version Not Supported", "version_not_supported"},
};

const Name* find(int status)
{
    const auto* found = std::ranges::find(names, status, &Name::status);
    return found == names.end() ? nullptr : found;
}

} // namespace

std::string_view reasonPhrase(int status)
{
    const Name* name = find(status);
    return name == nullptr ? "Unknown" : name->phrase;
}

Response problem(const Rejection& rejection, std::string_view requestId)
{
    const Name* name = find(rejection.status);
    const std::string_view code = name == nullptr ? "error" : name->code;
    std::string type = "/problems/";
    std::ranges::replace_copy(code, std::back_inserter(type), '_', '-');

    JsonWriter document;
    document.beginObject()
        .member("type", type)
        .member("title", reasonPhrase(rejection.status))
        .member("status", rejection.status)
        .member("code", code)
        .member("detail", rejection.detail)
        .member("request_id", requestId)
        .endObject();

    Response response;
    response.status = rejection.status;
    response.contentType = "application/problem+json";
    response.body = document.take();
    response.close = true;
    if (rejection.status == 503)
        response.headers.push_back({"Retry-After", "1"});
    return response;
}

} // namespace spokehub::http
