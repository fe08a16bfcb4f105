#pragma once

#include "core/Id.h"
#include "core/Json.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::store
{

/// What somebody does, as the audit log will name it.
struct Deed
{
    Id tenant = 0;
    std::string actor;     // "user:ann", "key:erp", "cli:root"
    std::string action;    // the permission that it takes: "orders.cancel"
    std::string via;       // "POST /api/v1/orders/{id}/cancel", "spokehub user add"
    std::string subject{}; // what it is done to, as the caller named it
    std::string address{}; // from where
    std::string request{}; // its id
};

/// This thread is busy with a deed until this goes out of scope: whatever it hands to a Batcher
/// meanwhile is done for it, and is in the audit log with its transaction.
class Doing
{
public:
    explicit Doing(std::shared_ptr<const Deed> deed);
    ~Doing();
    Doing(const Doing&) = delete;
    Doing& operator=(const Doing&) = delete;

    /// Null when this thread does nothing for anybody.
    static const std::shared_ptr<const Deed>& current();

private:
    std::shared_ptr<const Deed> _before;
};

/// What a deed changed in one thing. Whoever writes it leaves secrets out: of those it says
/// `changed`.
class Difference
{
public:
    /// `subject`: as ids are shown; empty: as the caller named it.
    explicit Difference(std::string subject = {}) : _subject(std::move(subject))
    {
        _json.beginObject();
    }

    /// Left out when both are equal.
    template <class T>
    Difference& from(std::string_view member, const T& before, const T& after)
    {
        if (!(before == after)) {
            _json.key(member).beginArray();
            _json.value(before).value(after).endArray();
        }
        return *this;
    }
    template <class T>
    Difference& told(std::string_view member, const T& value)
    {
        _json.member(member, value);
        return *this;
    }
    /// JSON already.
    Difference& raw(std::string_view member, std::string_view json)
    {
        _json.key(member).raw(json);
        return *this;
    }
    /// Left out when empty.
    Difference& maybe(std::string_view member, const std::string& value)
    {
        return value.empty() ? *this : told(member, value);
    }
    Difference& changed(std::string_view secret) { return told(secret, "changed"); }

    const std::string& subject() const { return _subject; }
    bool empty() const { return _json.text() == "{"; }
    std::string json() const { return _json.text() + "}"; }

private:
    std::string _subject;
    JsonWriter _json;
};

/// A deed that took place, as far as this transaction goes.
struct Done
{
    std::shared_ptr<const Deed> deed;
    std::string subject;
    std::string difference; // a JSON object
};

} // namespace spokehub::store
