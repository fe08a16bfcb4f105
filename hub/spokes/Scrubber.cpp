#include "spokes/Scrubber.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <vector>

namespace spokehub::spokes
{

namespace
{

using Names = std::set<std::string, std::less<>>;

constexpr std::size_t valueBytesMin = 3; // what is shorter stands in too many places

const Names& secretNames()
{
    static const Names names = {"accesstoken",  "refreshtoken",  "idtoken",  "token",
                                "clientsecret", "password",      "apikey",   "secret",
                                "sharedsecret", "authorization", "signature"};
    return names;
}

/// Personal wherever they stand.
const Names& personalNames()
{
    static const Names names = {
        "email",        "contactemail",  "buyeremail",    "phone",         "phonenumber",
        "firstname",    "lastname",      "fullname",      "givenname",     "familyname",
        "customername", "buyername",     "recipientname", "buyerusername", "username",
        "address1",     "address2",      "addressline1",  "addressline2",  "addressline3",
        "street",       "street1",       "street2",       "zip",           "postalcode",
        "postcode",     "browserip",     "clientip",      "ipaddress",     "ip",
        "latitude",     "longitude",     "useragent",     "note",          "buyernote",
        "customernote", "ordercomments", "giftmessage",   "birthday"};
    return names;
}

/// Personal inside of these.
const Names& people()
{
    static const Names names = {
        "customer",      "buyer",   "recipient",      "shippingaddress", "billingaddress",
        "shipto",        "billto",  "defaultaddress", "address",         "shippingperson",
        "billingperson", "contact", "addresses",      "shipping",        "billing"};
    return names;
}

const Names& namesOfPeople()
{
    static const Names names = {"name", "company", "companyname", "city", "displayname"};
    return names;
}

/// "shipping_address" and "shippingAddress" are one name.
std::string plain(std::string_view key)
{
    std::string name;
    for (const char c : key)
        if (c != '_' && c != '-')
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
}

/// Walks a JSON text and tells of each text or number: the names of the members around it and
/// itself, as it stands there. A text that is not JSON is walked as far as it looks like it.
template <class Visit>
class JsonWalk
{
public:
    JsonWalk(std::string_view text, Visit visit) : _text(text), _visit(std::move(visit)) {}

    void run()
    {
        while (_at < _text.size())
            step();
    }

private:
    void step()
    {
        const char c = _text[_at];
        if (c == '{' || c == '[') {
            _around.push_back(_key);
            ++_at;
        } else if (c == '}' || c == ']') {
            if (!_around.empty()) {
                _key = _around.back();
                _around.pop_back();
            }
            ++_at;
        } else if (c == '"')
            token(string());
        else if (c == '-' || (c >= '0' && c <= '9'))
            token(number());
        else
            ++_at;
    }

    std::string_view string()
    {
        const std::size_t first = ++_at;
        while (_at < _text.size() && _text[_at] != '"')
            _at += _text[_at] == '\\' ? 2 : 1;
        _at = std::min(_at, _text.size());
        const auto inside = _text.substr(first, _at - first);
        ++_at;
        return inside;
    }

    std::string_view number()
    {
        const std::size_t first = _at;
        while (_at < _text.size() &&
               std::string_view("+-.eE0123456789").find(_text[_at]) != std::string_view::npos)
            ++_at;
        return _text.substr(first, _at - first);
    }

    void token(std::string_view token)
    {
        std::size_t next = _at;
        while (next < _text.size() && (_text[next] == ' ' || _text[next] == '\n'))
            ++next;
        if (next < _text.size() && _text[next] == ':')
            _key = plain(token);
        else
            _visit(_around, _key, token);
    }

    std::string_view _text;
    Visit _visit;
    std::size_t _at = 0;
    std::string _key;
    std::vector<std::string> _around;
};

bool isMailChar(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._%+-").find(c) != std::string_view::npos;
}

/// Where an e-mail address begins and ends around the '@' at `at`; nothing when there is none.
std::optional<std::pair<std::size_t, std::size_t>> mailAround(std::string_view text, std::size_t at)
{
    std::size_t first = at;
    while (first > 0 && isMailChar(text[first - 1]))
        --first;
    std::size_t last = at + 1;
    while (last < text.size() && isMailChar(text[last]))
        ++last;
    const auto host = text.substr(at + 1, last - at - 1);
    const auto point = host.find('.');
    if (first == at || point == host.npos || point == 0 || point + 2 > host.size())
        return std::nullopt;
    return std::pair{first, last};
}

/// Only where the value stands for itself: "Ann" is no part of "Channel".
void replaceWhole(std::string& text, std::string_view value, std::string_view standIn)
{
    const auto isWord = [&text](std::size_t at) {
        return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
    };
    for (auto at = text.find(value); at != text.npos; at = text.find(value, at)) {
        if ((at > 0 && isWord(at - 1)) || isWord(at + value.size())) {
            ++at;
            continue;
        }
        text.replace(at, value.size(), standIn);
        at += standIn.size();
    }
}

std::string withoutMails(std::string text)
{
    constexpr std::string_view standIn = "buyer@example.com";
    for (auto at = text.find('@'); at != text.npos; at = text.find('@', at + 1))
        if (const auto mail = mailAround(text, at)) {
            const auto host = std::string_view(text).substr(at + 1, mail->second - at - 1);
            if (host == "example.com")
                continue; // a stand-in, or an example
            text.replace(mail->first, mail->second - mail->first, standIn);
            at = mail->first + standIn.size();
        }
    return text;
}

} // namespace

bool Scrubber::hidesHeader(std::string_view name)
{
    static constexpr std::array<std::string_view, 6> parts = {
        "authorization", "cookie", "token", "secret", "apikey", "signature"};
    const std::string key = plain(name);
    return std::ranges::any_of(
        parts, [&key](std::string_view part) { return key.find(part) != key.npos; });
}

std::string Scrubber::standInFor(std::string_view key, std::string_view raw)
{
    const std::string number = std::to_string(++_count);
    if (secretNames().contains(key))
        return "scrubbed-secret-" + number;
    if (raw.find('@') != raw.npos)
        return "buyer" + number + "@example.com";
    if (key.starts_with("phone"))
        return "+1555" + std::string(7 - std::min<std::size_t>(7, number.size()), '0') + number;
    if (std::ranges::all_of(raw,
                            [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == '-'; }))
        return "1" + std::string(raw.size() - 1, '0'); // still a number
    return "scrubbed-" + number;
}

void Scrubber::learn(std::string_view text)
{
    const auto visit = [this](const std::vector<std::string>& around, const std::string& key,
                              std::string_view raw) {
        const bool ofPerson = std::ranges::any_of(
            around, [](const std::string& name) { return people().contains(name); });
        const bool personal = personalNames().contains(key) || secretNames().contains(key) ||
                              (ofPerson && namesOfPeople().contains(key));
        if (personal && raw.size() >= valueBytesMin && !_standIns.contains(raw))
            _standIns.emplace(raw, standInFor(key, raw));
    };
    JsonWalk(text, visit).run();
}

std::string Scrubber::scrubbed(std::string_view text) const
{
    std::vector<std::pair<std::string_view, std::string_view>> longestFirst(_standIns.begin(),
                                                                            _standIns.end());
    std::ranges::stable_sort(longestFirst, std::greater{},
                             [](const auto& each) { return each.first.size(); });
    std::string to(text);
    for (const auto& [value, standIn] : longestFirst)
        replaceWhole(to, value, standIn);
    return withoutMails(std::move(to));
}

} // namespace spokehub::spokes
