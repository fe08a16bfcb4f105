#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace spokehub
{

/// Why a caller is refused. The router alone turns it into a status (api/Problem.cpp); a row here
/// is a row there.
enum class Refusal
{
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    OutOfStock,
    QuotaExceeded, // the tenant's plan has no more of it
    TooLarge,
    UnsupportedMedia,
    PreconditionFailed, // what the caller knew of the thing is not so any more
    Unprocessable,
    TooManyRequests,
    Unavailable,
};

struct FieldError
{
    std::string field;
    std::string reason;
};

/// A refusal to the caller. The message names the thing and the limit it hit.
class Error : public std::runtime_error
{
public:
    Error(Refusal refusal, const std::string& message, std::vector<FieldError> fields = {})
        : std::runtime_error(message), _refusal(refusal), _fields(std::move(fields))
    {
    }

    Refusal refusal() const { return _refusal; }
    const std::vector<FieldError>& fields() const { return _fields; }

private:
    Refusal _refusal;
    std::vector<FieldError> _fields;
};

} // namespace spokehub
