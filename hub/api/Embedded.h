#pragma once

#include <optional>
#include <string_view>

/// Files that are a part of the program.
namespace spokehub::api::embedded
{

/// openapi.yaml: what the API's document says beside its paths.
std::string_view openApi();

struct File
{
    std::string_view type;
    std::string_view content;
};

/// A file of the pages that show the document (`docs/`, and the packages they use); nothing for an
/// unknown one, and for all of them when the hub was built without (SPOKEHUB_DOCS).
std::optional<File> docsFile(std::string_view name);

} // namespace spokehub::api::embedded
