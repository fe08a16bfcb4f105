#pragma once

#include <string>

namespace spokehub::cli
{

/// What a person types after the prompt; it does not show.
std::string typed(const std::string& prompt);

/// Of a file; one newline at the end does not count. Throws Failure.
std::string contentOf(const std::string& file);

/// A secret from the file, or typed twice when there is none. Throws Failure when nobody is there
/// to type; `option` is what names a file.
std::string secretFrom(const std::string* file, const std::string& prompt,
                       const std::string& option);

} // namespace spokehub::cli
