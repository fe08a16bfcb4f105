#pragma once

#include "api/Router.h"

#include <string>
#include <string_view>
#include <vector>

namespace spokehub::api
{

/// The document of the API (OpenAPI 3.1), as JSON: the paths are made of the routes, so none is
/// missing and none is in it that nobody answers; schemas and parameters stand in openapi.yaml.
/// Throws std::logic_error naming the route that speaks of something which does not stand there.
std::string openApiDocument(const std::vector<Route>& routes);

/// The members of a schema, in the order in which openapi.yaml has them.
const std::vector<std::string>& columnsOf(std::string_view schema);

} // namespace spokehub::api
