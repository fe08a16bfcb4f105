#pragma once

#include "api/Router.h"

#include <mutex>
#include <string>

namespace spokehub::api
{

/// The API's own document, and the pages that show it: Swagger UI at /api/v1/docs, ReDoc at
/// /api/v1/redoc. They load nothing from outside.
class DocsRoutes
{
public:
    /// The router outlives this; its table is read when the document is first asked for.
    void declare(Router& router);

private:
    http::Response document(const Router& router);
    static http::Response swagger();
    static http::Response redoc();
    static http::Response file(Call& call);

    std::once_flag _made;
    std::string _document;
};

} // namespace spokehub::api
