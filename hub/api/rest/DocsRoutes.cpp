#include "api/rest/DocsRoutes.h"

#include "api/Embedded.h"
#include "api/OpenApi.h"
#include "core/Digest.h"
#include "core/Error.h"

#include <openssl/rand.h>

#include <array>

namespace spokehub::api
{

namespace
{

constexpr std::string_view swaggerPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Spokehub API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/v1/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/api/v1/docs/swagger-ui.js"></script>
<script src="/api/v1/docs/swagger-start.js"></script>
</body>
</html>
)";

constexpr std::string_view redocPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Spokehub API</title>
<link rel="icon" href="data:,">
</head>
<body>
<div id="page" data-nonce="{nonce}"></div>
<script src="/api/v1/docs/redoc.js"></script>
<script src="/api/v1/docs/redoc-start.js"></script>
</body>
</html>
)";

/// Nothing from outside, nothing inline; styles that a script makes need the page's own word.
http::Response page(std::string body, const std::string& styles)
{
    http::Response response;
    response.contentType = "text/html; charset=utf-8";
    response.body = std::move(body);
    response.headers.push_back(
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src " + styles +
             "; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'"});
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

void requireDocs()
{
    if (!embedded::docsFile("swagger-ui.js"))
        throw Error(Refusal::NotFound,
                    "this hub was built without the pages that show its API (SPOKEHUB_DOCS); the "
                    "document itself is /api/v1/openapi.json");
}

std::string nonce()
{
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw Error(Refusal::Unavailable, "no random bytes are to be had");
    return hexOf(bytes);
}

} // namespace

void DocsRoutes::declare(Router& router)
{
    router
        .add({"GET", "/api/v1/openapi.json", Anyone{}, "The document of this API (OpenAPI 3.1)",
              answering([this, &router](Call&) { return document(router); })})
        .gives("OpenApi");
    const auto page = [&](const char* path, const char* what, http::Response (*answer)()) {
        router.add({"GET", path, Anyone{}, what, answering([answer](Call&) { return answer(); })})
            .gives(Answer{.schema = "Html", .type = "text/html"})
            .with("Content-Security-Policy")
            .with("Cache-Control");
    };
    page("/api/v1/docs", "A page to read and to try this API (Swagger UI)", &swagger);
    page("/api/v1/redoc", "A page to read this API (ReDoc)", &redoc);
    router
        .add({"GET", "/api/v1/docs/{file}", Anyone{}, "What these pages are made of",
              answering([](Call& call) { return file(call); })})
        .gives(Answer{.schema = "PageFile", .type = "text/*"})
        .with("Cache-Control");
}

http::Response DocsRoutes::document(const Router& router)
{
    std::call_once(_made, [&] { _document = openApiDocument(router.routes()); });
    return jsonResponse(_document);
}

http::Response DocsRoutes::swagger()
{
    requireDocs();
    return page(std::string(swaggerPage), "'self'");
}

http::Response DocsRoutes::redoc()
{
    requireDocs();
    const std::string word = nonce();
    std::string body(redocPage);
    constexpr std::string_view place = "{nonce}";
    body.replace(body.find(place), place.size(), word);
    return page(std::move(body), "'nonce-" + word + "'");
}

http::Response DocsRoutes::file(Call& call)
{
    const auto found = embedded::docsFile(call.parameter(0));
    if (!found)
        throw Error(Refusal::NotFound, "these pages have no file " + call.parameter(0));
    http::Response response;
    response.contentType = found->type;
    response.body = found->content;
    response.headers.push_back({"Cache-Control", "public, max-age=3600"});
    return response;
}

} // namespace spokehub::api
