#pragma once

#include "core/Error.h"
#include "http/Message.h"

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::api
{

/// What went wrong, as a caller is told (RFC 9457).
struct Problem
{
    int status = 500;
    std::string_view code;
    std::string_view title;
    std::string detail;
    std::vector<FieldError> errors{};
    std::optional<int> retryAfter{}; // seconds
    std::vector<http::Header> headers{};
};

/// The status, code and title of a refusal.
Problem problemOf(Refusal refusal, std::string detail);

/// The problem of anything thrown: refusals as they are, failures of the store as 503 when they
/// pass, and what nobody foresaw as 500 without a word of what it was; that is logged here, once.
Problem problemOf(const std::exception_ptr& why);

/// The problem document.
http::Response responseOf(const Problem& problem, std::string_view requestId);

} // namespace spokehub::api
