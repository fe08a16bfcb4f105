#pragma once

#include "api/ApiParts.h"
#include "stock/AvailabilityReader.h"

#include <map>
#include <string>

namespace spokehub::api
{

/// Why a channel is told the quantity that it is told: the levels, the component that limits a
/// bundle, each rule, what was pushed and observed last, what still waits, and the newest
/// movements. Made by the function that makes the quantity.
class Explanation
{
public:
    Explanation(const ApiParts& parts, store::Session& session, const Scope& scope)
        : _parts(parts), _session(session), _scope(scope)
    {
    }

    /// JSON. Throws Error(NotFound) for a SKU that does not exist.
    std::string of(const spokes::Channel& channel, const std::string& sku);

private:
    void nameParts(const stock::Explanation& trace, const catalog::Variant& variant);
    void writePlaces(const stock::Explanation& trace);
    void writeRules(const stock::Explanation& trace);
    void writeListing(const spokes::Channel& channel, const catalog::Variant& variant, Id listing);
    void writeMovements();

    const ApiParts& _parts;
    store::Session& _session;
    const Scope& _scope;
    JsonWriter _json;
    std::map<Id, std::string> _skus; // of the parts
};

} // namespace spokehub::api
