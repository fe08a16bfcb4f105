#include "api/Embedded.h"

#include <algorithm>
#include <array>
#include <string>

// The assembler reads the file; what follows it says where it ends.
#define SPOKEHUB_EMBED(symbol, file)                                                               \
    asm(".section .rodata\n"                                                                       \
        ".balign 16\n" #symbol ":\n"                                                               \
        ".incbin \"" file "\"\n" #symbol "_end:\n"                                                 \
        ".byte 0\n"                                                                                \
        ".previous\n");                                                                            \
    extern "C" const char symbol[];                                                                \
    extern "C" const char symbol##_end[];

SPOKEHUB_EMBED(spokehub_openapi_yaml, SPOKEHUB_OPENAPI_YAML)
#ifdef SPOKEHUB_DOCS
SPOKEHUB_EMBED(spokehub_swagger_ui_js, SPOKEHUB_DOCS "/swagger-ui.js")
SPOKEHUB_EMBED(spokehub_swagger_ui_css, SPOKEHUB_DOCS "/swagger-ui.css")
SPOKEHUB_EMBED(spokehub_swagger_start_js, SPOKEHUB_DOCS "/swagger-start.js")
SPOKEHUB_EMBED(spokehub_redoc_js, SPOKEHUB_DOCS "/redoc.js")
SPOKEHUB_EMBED(spokehub_redoc_start_js, SPOKEHUB_DOCS "/redoc-start.js")
SPOKEHUB_EMBED(spokehub_licenses_txt, SPOKEHUB_DOCS "/licenses.txt")
#endif

namespace spokehub::api::embedded
{

namespace
{

std::string_view between(const char* begin, const char* end)
{
    return {begin, static_cast<std::size_t>(end - begin)};
}

} // namespace

std::string_view openApi()
{
    return between(spokehub_openapi_yaml, spokehub_openapi_yaml_end);
}

std::optional<File> docsFile([[maybe_unused]] std::string_view name)
{
#ifdef SPOKEHUB_DOCS
    constexpr std::string_view script = "text/javascript; charset=utf-8";
    const std::array files = {
        std::pair{"swagger-ui.js",
                  File{script, between(spokehub_swagger_ui_js, spokehub_swagger_ui_js_end)}},
        std::pair{"swagger-ui.css",
                  File{"text/css; charset=utf-8",
                       between(spokehub_swagger_ui_css, spokehub_swagger_ui_css_end)}},
        std::pair{"swagger-start.js",
                  File{script, between(spokehub_swagger_start_js, spokehub_swagger_start_js_end)}},
        std::pair{"redoc.js", File{script, between(spokehub_redoc_js, spokehub_redoc_js_end)}},
        std::pair{"redoc-start.js",
                  File{script, between(spokehub_redoc_start_js, spokehub_redoc_start_js_end)}},
        std::pair{"licenses.txt", File{"text/plain; charset=utf-8",
                                       between(spokehub_licenses_txt, spokehub_licenses_txt_end)}},
    };
    const auto found =
        std::ranges::find_if(files, [&](const auto& each) { return each.first == name; });
    if (found != files.end())
        return found->second;
#endif
    return std::nullopt;
}

} // namespace spokehub::api::embedded
