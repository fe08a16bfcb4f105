#pragma once

#include "core/FieldChecks.h"
#include "core/Id.h"
#include "core/Json.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::api
{

/// Reads the members of a JSON body and remembers every mistake, so that a caller hears of all of
/// them at once. Null counts as not given. What a reader gives for a mistake is no more than a
/// placeholder: finish() throws.
class Fields
{
public:
    explicit Fields(Json object) : Fields(object, {}, nullptr) {}

    /// `min` 0: it may be left out, and is empty then.
    std::string text(std::string_view name, std::size_t min, std::size_t max);
    std::optional<std::string> maybeText(std::string_view name, std::size_t max);
    /// Text that must be there, as it stands: passwords.
    std::string raw(std::string_view name);
    std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<std::int64_t> maybeInteger(std::string_view name, std::int64_t min,
                                             std::int64_t max);
    bool boolean(std::string_view name, bool otherwise);
    /// A shown id ("var_…") or a plain number.
    std::optional<Id> maybeId(std::string_view name, std::string_view prefix);
    Id id(std::string_view name, std::string_view prefix);

    /// The objects of a list. Absent: none.
    void each(std::string_view name, std::size_t max, const std::function<void(Fields&)>& read);

    bool has(std::string_view name) const;
    /// A member that is read by other means.
    void known(std::string_view name) { _known.emplace_back(name); }
    Fields& require(bool fulfilled, std::string_view name, std::string_view reason);

    /// Throws Error(BadRequest) that names every mistake, and every member that nobody asked for.
    void finish(std::string_view thing);
    /// The same, for callers that may send more than is looked at.
    void finishLeniently(std::string_view thing);

private:
    Fields(Json object, std::string path, FieldChecks* checks);

    Json member(std::string_view name);
    std::string pathOf(std::string_view name) const { return _path + std::string(name); }
    void refuseUnknown();

    Json _object;
    std::string _path; // "lines[2]." of an object in a list
    FieldChecks _own;
    FieldChecks* _checks;
    std::vector<std::string> _known;
};

} // namespace spokehub::api
