#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub
{

/// A value inside a JsonDocument; valid as long as that lives. Integers are 64-bit and never pass through
/// floating point. Asking a value for what it is not gives nothing, never an exception.
class Json
{
public:
    Json() = default; // absent

    explicit operator bool() const { return _document != nullptr; } // present (null counts as present)
    bool isNull() const;
    bool isObject() const;
    bool isArray() const;
    bool isText() const;
    bool isInteger() const;

    std::optional<std::string_view> text() const;
    std::optional<std::int64_t> integer() const;
    std::optional<bool> boolean() const;

    /// A member of an object; absent when this is not an object or has no such member.
    Json operator[](std::string_view key) const;

    /// Walks an array's elements or an object's members; stops when `visit` answers false.
    void each(const std::function<bool(Json)>& visit) const;
    void eachMember(const std::function<bool(std::string_view key, Json)>& visit) const;
    std::size_t size() const;

    /// This value as compact JSON text.
    std::string dump() const;

    // Shorthands for the usual questions.
    std::string_view textOr(std::string_view key, std::string_view otherwise = {}) const;
    std::int64_t integerOr(std::string_view key, std::int64_t otherwise = 0) const;
    bool boolOr(std::string_view key, bool otherwise = false) const;

private:
    friend class JsonDocument;
    const void* _document = nullptr;
    std::size_t _index = 0;
};

/// One parsed text. Refuses broken UTF-8, anything after the value, and nesting deeper than 64. Movable.
class JsonDocument
{
public:
    /// Nothing when the text is not JSON; `why` then says what is wrong.
    static std::optional<JsonDocument> parse(std::string_view text, std::string* why = nullptr);

    Json root() const;

    ~JsonDocument();
    JsonDocument(JsonDocument&&) noexcept;
    JsonDocument& operator=(JsonDocument&&) noexcept;

private:
    JsonDocument();
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

/// Whether this is UTF-8 (RFC 3629).
bool isUtf8(std::string_view text);

/// Writes compact JSON, front to back. The caller keeps the order: key, value, key, value …
class JsonWriter
{
public:
    JsonWriter& beginObject();
    JsonWriter& endObject();
    JsonWriter& beginArray();
    JsonWriter& endArray();
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(int number) { return value(std::int64_t{number}); }
    JsonWriter& value(bool yes);
    JsonWriter& value(std::size_t) = delete; // say static_cast<std::int64_t>
    JsonWriter& null();
    /// Text that is JSON already.
    JsonWriter& raw(std::string_view json);

    template <class T>
    JsonWriter& value(const std::optional<T>& maybe)
    {
        return maybe ? value(*maybe) : null();
    }
    template <class T>
    JsonWriter& member(std::string_view name, const T& content)
    {
        return key(name).value(content);
    }

    /// Room for a text of about this size.
    void reserve(std::size_t bytes) { _text.reserve(bytes); }

    const std::string& text() const { return _text; }
    std::string take() { return std::move(_text); }

private:
    void separate();
    std::string _text;
    bool _first = true; // nothing stands before the next value in its container
};

} // namespace spokehub
