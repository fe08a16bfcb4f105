#include "access/TenantSettings.h"

#include "core/Json.h"

namespace spokehub::access
{

TenantSettings TenantSettings::read(std::string_view text)
{
    TenantSettings settings;
    const auto document = JsonDocument::parse(text);
    if (!document)
        return settings;
    const Json json = document->root();
    settings.restockingFeePercent = json.integerOr("restocking_fee_percent");
    settings.refundMax = json["refund_max"].integer();
    settings.refundDays = json["refund_days"].integer();
    settings.refundApprovalAbove = json["refund_approval_above"].integer();
    settings.webhookTarget = json.textOr("webhook_target");
    json["workflow"].each([&](Json step) {
        settings.workflow.push_back({std::string(step.textOr("state")),
                                     std::string(step.textOr("name")), step.boolOr("optional")});
        return true;
    });
    return settings;
}

std::string TenantSettings::toJson() const
{
    JsonWriter json;
    json.beginObject()
        .member("restocking_fee_percent", restockingFeePercent)
        .member("refund_max", refundMax)
        .member("refund_days", refundDays)
        .member("refund_approval_above", refundApprovalAbove)
        .member("webhook_target", webhookTarget)
        .key("workflow")
        .beginArray();
    for (const Step& step : workflow)
        json.beginObject()
            .member("state", step.state)
            .member("name", step.name)
            .member("optional", step.optional)
            .endObject();
    return json.endArray().endObject().take();
}

} // namespace spokehub::access
