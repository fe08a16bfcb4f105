#pragma once

#include "core/Permissions.h"
#include "core/Scope.h"

#include <optional>
#include <string>

namespace spokehub::access
{

/// Who called: for which tenant, as whom, and what he may do.
struct Caller
{
    Scope scope;
    Permissions permissions; // at most what his tenant's plan allows
    std::string role{};
    std::optional<Id> user{};    // nobody of the people: a key of the configuration or of nobody's
    std::optional<Id> session{}; // by which he signed in
    std::optional<Time> until{}; // what he showed is good until then
    Permissions granted{};       // what he was given, whatever the plan
};

/// Who changes something about people and keys.
struct Manager
{
    Scope scope;
    Permissions may;
    bool onStore = false;      // the command line, beside the API: it makes the first administrator
    Permissions granted = may; // what he was given; the plan narrows it for all of his tenant alike
};

/// Whether `manager` manages those of a role that is given `other`: nobody manages who was given
/// more than himself, and with employees.manage alone nobody who manages people as well.
bool manages(const Manager& manager, Permissions other);

} // namespace spokehub::access
