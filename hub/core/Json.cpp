#include "core/Json.h"

#include <simdjson.h>

#include <charconv>
#include <cstring>

namespace spokehub
{

namespace
{

namespace dom = simdjson::dom;

constexpr std::size_t depthMax = 64;

} // namespace

struct JsonDocument::Impl
{
    dom::document document;
};

namespace
{

/// An element is a document and a place on its tape; Json keeps the two so that no header shows
/// simdjson.
dom::element element(const void* document, std::size_t index)
{
    const auto* doc = static_cast<const dom::document*>(document);
    static_assert(sizeof(dom::element) == sizeof(void*) + sizeof(std::size_t));
    struct
    {
        const dom::document* doc;
        std::size_t index;
    } raw{doc, index};
    dom::element value;
    std::memcpy(static_cast<void*>(&value), &raw, sizeof value);
    return value;
}

std::size_t indexOf(dom::element value)
{
    struct
    {
        const dom::document* doc;
        std::size_t index;
    } raw{};
    std::memcpy(static_cast<void*>(&raw), static_cast<const void*>(&value), sizeof value);
    return raw.index;
}

} // namespace

bool Json::isNull() const
{
    return _document != nullptr && element(_document, _index).is_null();
}

bool Json::isObject() const
{
    return _document != nullptr && element(_document, _index).is_object();
}

bool Json::isArray() const
{
    return _document != nullptr && element(_document, _index).is_array();
}

bool Json::isText() const
{
    return _document != nullptr && element(_document, _index).is_string();
}

bool Json::isInteger() const
{
    return _document != nullptr && element(_document, _index).is_int64();
}

std::optional<std::string_view> Json::text() const
{
    std::string_view value;
    if (_document == nullptr || element(_document, _index).get(value) != simdjson::SUCCESS)
        return std::nullopt;
    return value;
}

std::optional<std::int64_t> Json::integer() const
{
    std::int64_t value = 0;
    if (!isInteger() || element(_document, _index).get(value) != simdjson::SUCCESS)
        return std::nullopt;
    return value;
}

std::optional<bool> Json::boolean() const
{
    bool value = false;
    if (_document == nullptr || element(_document, _index).get(value) != simdjson::SUCCESS)
        return std::nullopt;
    return value;
}

Json Json::operator[](std::string_view key) const
{
    Json found;
    dom::object object;
    dom::element value;
    if (_document != nullptr && element(_document, _index).get(object) == simdjson::SUCCESS &&
        object.at_key(key).get(value) == simdjson::SUCCESS)
    {
        found._document = _document;
        found._index = indexOf(value);
    }
    return found;
}

void Json::each(const std::function<bool(Json)>& visit) const
{
    dom::array array;
    if (_document == nullptr || element(_document, _index).get(array) != simdjson::SUCCESS)
        return;
    for (const dom::element value : array) {
        Json item;
        item._document = _document;
        item._index = indexOf(value);
        if (!visit(item))
            return;
    }
}

void Json::eachMember(const std::function<bool(std::string_view, Json)>& visit) const
{
    dom::object object;
    if (_document == nullptr || element(_document, _index).get(object) != simdjson::SUCCESS)
        return;
    for (const auto member : object) {
        Json item;
        item._document = _document;
        item._index = indexOf(member.value);
        if (!visit(member.key, item))
            return;
    }
}

std::size_t Json::size() const
{
    if (_document == nullptr)
        return 0;
    dom::array array;
    dom::object object;
    if (element(_document, _index).get(array) == simdjson::SUCCESS)
        return array.size();
    return element(_document, _index).get(object) == simdjson::SUCCESS ? object.size() : 0;
}

std::string Json::dump() const
{
    return _document == nullptr ? std::string("null")
                                : simdjson::minify(element(_document, _index));
}

std::string_view Json::textOr(std::string_view key, std::string_view otherwise) const
{
    return (*this)[key].text().value_or(otherwise);
}

std::int64_t Json::integerOr(std::string_view key, std::int64_t otherwise) const
{
    return (*this)[key].integer().value_or(otherwise);
}

bool Json::boolOr(std::string_view key, bool otherwise) const
{
    return (*this)[key].boolean().value_or(otherwise);
}

JsonDocument::JsonDocument() : _impl(std::make_unique<Impl>()) {}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

std::optional<JsonDocument> JsonDocument::parse(std::string_view text, std::string* why)
{
    thread_local dom::parser parser;
    JsonDocument parsed;
    simdjson::error_code error = simdjson::EMPTY;
    if (!text.empty()) {
        error = simdjson::SUCCESS;
        if (parser.max_depth() != depthMax || parser.capacity() < text.size())
            error = parser.allocate(text.size(), depthMax);
        if (error == simdjson::SUCCESS)
            error =
                parser.parse_into_document(parsed._impl->document, text.data(), text.size(), true)
                    .error();
    }
    if (error != simdjson::SUCCESS) {
        if (why != nullptr)
            *why = simdjson::error_message(error);
        return std::nullopt;
    }
    return parsed;
}

Json JsonDocument::root() const
{
    Json root;
    root._document = &_impl->document;
    root._index = indexOf(_impl->document.root());
    return root;
}

bool isUtf8(std::string_view text)
{
    return simdjson::validate_utf8(text.data(), text.size());
}

namespace
{

bool isPlain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/// Whether none of eight bytes has to be escaped: each of the three looks at all of them at once.
bool arePlain(const char* bytes)
{
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes, sizeof eight);
    const auto anyBelow = [](std::uint64_t each, std::uint64_t bound) {
        return ((each - ones * bound) & ~each & highs) != 0;
    };
    return !anyBelow(eight, 0x20) && !anyBelow(eight ^ ones * '"', 1) &&
           !anyBelow(eight ^ ones * '\\', 1);
}

/// Where the text ends or has something to be escaped.
std::size_t plainEnd(std::string_view text, std::size_t at)
{
    while (at + 8 <= text.size() && arePlain(text.data() + at))
        at += 8;
    while (at < text.size() && isPlain(static_cast<unsigned char>(text[at])))
        ++at;
    return at;
}

} // namespace

void JsonWriter::separate()
{
    if (!_first)
        _text += ',';
    _first = false;
}

JsonWriter& JsonWriter::beginObject()
{
    separate();
    _text += '{';
    _first = true;
    return *this;
}

JsonWriter& JsonWriter::endObject()
{
    _text += '}';
    _first = false;
    return *this;
}

JsonWriter& JsonWriter::beginArray()
{
    separate();
    _text += '[';
    _first = true;
    return *this;
}

JsonWriter& JsonWriter::endArray()
{
    _text += ']';
    _first = false;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name)
{
    value(name);
    _text += ':';
    _first = true;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text)
{
    separate();
    _text += '"';
    std::size_t from = 0;
    for (std::size_t i = plainEnd(text, 0); i < text.size(); i = plainEnd(text, i + 1)) {
        const auto c = static_cast<unsigned char>(text[i]);
        _text.append(text, from, i - from);
        from = i + 1;
        switch (c) {
        case '"':
            _text += "\\\"";
            break;
        case '\\':
            _text += "\\\\";
            break;
        case '\n':
            _text += "\\n";
            break;
        case '\t':
            _text += "\\t";
            break;
        case '\r':
            _text += "\\r";
            break;
        default:
            constexpr char hex[] = "0123456789abcdef";
            _text += "\\u00";
            _text += hex[c >> 4];
            _text += hex[c & 15];
        }
    }
    _text.append(text, from, text.size() - from);
    _text += '"';
    return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number)
{
    separate();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    _text.append(digits, end);
    return *this;
}

JsonWriter& JsonWriter::value(bool yes)
{
    separate();
    _text += yes ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null()
{
    separate();
    _text += "null";
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json)
{
    separate();
    _text += json;
    return *this;
}

} // namespace spokehub
