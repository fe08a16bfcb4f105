#pragma once

#include "core/Error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub
{

/// Collects what is wrong with the fields of a request, so that a caller hears all of it at once.
class FieldChecks
{
public:
    /// `min` to `max` printable characters of UTF-8, without control characters or surrounding
    /// blanks.
    FieldChecks& text(std::string_view field, std::string_view value, std::size_t min,
                      std::size_t max);
    FieldChecks& number(std::string_view field, std::int64_t value, std::int64_t min,
                        std::int64_t max);
    FieldChecks& require(bool fulfilled, std::string_view field, std::string_view reason);

    /// Throws Error(BadRequest) that begins with `thing` and names every field, when there is any.
    void refuse(std::string_view thing) const;

private:
    std::vector<FieldError> _errors;
};

} // namespace spokehub
