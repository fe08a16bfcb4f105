#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::access
{

/// What a tenant sets for itself.
struct TenantSettings
{
    /// A step of its own inside a state of orders.
    struct Step
    {
        std::string state;
        std::string name;
        bool optional = false;
        bool operator==(const Step&) const = default;
    };

    std::int64_t restockingFeePercent = 0;
    std::optional<std::int64_t> refundMax{};           // minor units; nothing: no bound
    std::optional<std::int64_t> refundDays{};          // since delivery; nothing: for ever
    std::optional<std::int64_t> refundApprovalAbove{}; // minor units: a second person approves
    std::string webhookTarget{};                       // https; empty: nobody is told
    std::vector<Step> workflow{};

    /// Of what toJson() made.
    static TenantSettings read(std::string_view json);
    std::string toJson() const;
};

} // namespace spokehub::access
