#include "GraphQuery.h"

#include <cctype>
#include <map>
#include <optional>

namespace spokehub::standin
{

namespace
{

struct Token
{
    enum Kind
    {
        Name,
        Text,
        Number,
        Sign,
        End
    };

    Kind kind = End;
    std::string text;
};

class Lexer
{
public:
    explicit Lexer(std::string_view text) : _text(text) { next(); }

    const Token& peek() const { return _token; }
    bool at(std::string_view sign) const
    {
        return _token.kind == Token::Sign && _token.text == sign;
    }
    bool atWord(std::string_view word) const
    {
        return _token.kind == Token::Name && _token.text == word;
    }

    Token take()
    {
        Token token = _token;
        next();
        return token;
    }

    bool skip(std::string_view sign)
    {
        if (!at(sign))
            return false;
        next();
        return true;
    }

    void expect(std::string_view sign)
    {
        if (!skip(sign))
            throw QueryError("syntax error, unexpected '" + _token.text + "', expecting '" +
                                 std::string(sign) + "'",
                             "parseError");
    }

    std::string name()
    {
        if (_token.kind != Token::Name)
            throw QueryError("syntax error, unexpected '" + _token.text + "'", "parseError");
        return take().text;
    }

private:
    void next()
    {
        skipBlanks();
        if (_at >= _text.size()) {
            _token = {Token::End, "end of file"};
            return;
        }
        const char c = _text[_at];
        if (std::isalpha(static_cast<unsigned char>(c)) || c == '_')
            word(Token::Name, "_");
        else if (std::isdigit(static_cast<unsigned char>(c)) || c == '-')
            word(Token::Number, "+-.");
        else if (c == '"')
            quoted();
        else if (_text.substr(_at, 3) == "...") {
            _token = {Token::Sign, "..."};
            _at += 3;
        } else
            _token = {Token::Sign, std::string(1, _text[_at++])};
    }

    void skipBlanks()
    {
        while (_at < _text.size()) {
            if (_text[_at] == '#')
                while (_at < _text.size() && _text[_at] != '\n')
                    ++_at;
            else if (std::isspace(static_cast<unsigned char>(_text[_at])) || _text[_at] == ',')
                ++_at;
            else
                return;
        }
    }

    void word(Token::Kind kind, std::string_view more)
    {
        const std::size_t begin = _at++;
        while (_at < _text.size() && (std::isalnum(static_cast<unsigned char>(_text[_at])) ||
                                      more.find(_text[_at]) != more.npos))
            ++_at;
        _token = {kind, std::string(_text.substr(begin, _at - begin))};
    }

    void quoted()
    {
        const std::size_t begin = _at++;
        while (_at < _text.size() && _text[_at] != '"')
            _at += _text[_at] == '\\' ? 2 : 1;
        if (_at >= _text.size())
            throw QueryError("syntax error, unterminated string", "parseError");
        ++_at;
        _token = {Token::Text, Json::parse(_text.substr(begin, _at - begin)).get<std::string>()};
    }

    std::string_view _text;
    std::size_t _at = 0;
    Token _token;
};

class Reader
{
public:
    Reader(std::string_view text, const Json& variables) : _lexer(text), _given(variables) {}

    GraphQuery read()
    {
        GraphQuery query;
        while (_lexer.peek().kind != Token::End) {
            if (_lexer.atWord("fragment"))
                fragment();
            else
                operation(query);
        }
        spread(query.fields);
        return query;
    }

private:
    void operation(GraphQuery& query)
    {
        query.kind = _lexer.at("{") ? "query" : _lexer.name();
        if (_lexer.peek().kind == Token::Name)
            query.name = _lexer.name();
        if (_lexer.skip("("))
            while (!_lexer.skip(")"))
                variable();
        query.fields = selections();
    }

    void variable()
    {
        _lexer.expect("$");
        const std::string name = _lexer.name();
        _lexer.expect(":");
        std::string type;
        while (!_lexer.at("$") && !_lexer.at(")") && !_lexer.at("="))
            type += _lexer.take().text;
        if (_given.contains(name))
            _variables[name] = _given.at(name);
        if (_lexer.skip("=")) {
            const Json fallback = value();
            if (!_variables.contains(name))
                _variables[name] = fallback;
        }
        if (type.back() == '!' && (!_variables.contains(name) || _variables[name].is_null()))
            throw QueryError("Variable $" + name + " of type " + type +
                                 " was provided invalid value",
                             "INVALID_VARIABLE");
    }

    void fragment()
    {
        _lexer.name();
        const std::string name = _lexer.name();
        _lexer.name(); // on
        Selection& made = _fragments[name];
        made.onType = _lexer.name();
        made.fields = selections();
    }

    std::vector<Selection> selections()
    {
        std::vector<Selection> all;
        _lexer.expect("{");
        while (!_lexer.skip("}"))
            all.push_back(selection());
        return all;
    }

    Selection selection()
    {
        Selection made;
        if (_lexer.skip("...")) {
            if (_lexer.atWord("on")) {
                _lexer.take();
                made.onType = _lexer.name();
            } else if (!_lexer.at("{")) {
                made.alias = _lexer.name(); // a named fragment, put in by spread()
                return made;
            }
            made.fields = selections();
            return made;
        }
        made.name = _lexer.name();
        if (_lexer.skip(":")) {
            made.alias = made.name;
            made.name = _lexer.name();
        }
        made.arguments = arguments();
        while (_lexer.skip("@")) {
            const std::string directive = _lexer.name();
            made.directives[directive] = arguments();
        }
        if (_lexer.at("{"))
            made.fields = selections();
        return made;
    }

    Json arguments()
    {
        Json all = Json::object();
        if (!_lexer.skip("("))
            return all;
        while (!_lexer.skip(")")) {
            const std::string name = _lexer.name();
            _lexer.expect(":");
            if (std::optional<Json> given = argument())
                all[name] = std::move(*given);
        }
        return all;
    }

    /// An argument whose variable was not sent is an argument not given, which is not the same as
    /// null.
    std::optional<Json> argument()
    {
        if (!_lexer.skip("$"))
            return value();
        const auto found = _variables.find(_lexer.name());
        return found == _variables.end() ? std::nullopt : std::optional(found->second);
    }

    Json value()
    {
        if (_lexer.at("$"))
            return argument().value_or(Json());
        if (_lexer.skip("[")) {
            Json list = Json::array();
            while (!_lexer.skip("]"))
                list.push_back(value());
            return list;
        }
        if (_lexer.skip("{")) {
            Json object = Json::object();
            while (!_lexer.skip("}")) {
                const std::string name = _lexer.name();
                _lexer.expect(":");
                object[name] = value();
            }
            return object;
        }
        const Token token = _lexer.take();
        if (token.kind == Token::Text)
            return token.text;
        if (token.kind == Token::Number)
            return Json::parse(token.text);
        if (token.text == "true" || token.text == "false")
            return token.text == "true";
        return token.text == "null" ? Json() : Json(token.text);
    }

    void spread(std::vector<Selection>& fields)
    {
        for (Selection& field : fields) {
            if (field.name.empty() && !field.alias.empty()) {
                const auto found = _fragments.find(field.alias);
                if (found == _fragments.end())
                    throw QueryError("Fragment " + field.alias + " was used, but not defined",
                                     "useAndDefineFragment");
                field = found->second;
            }
            spread(field.fields);
        }
    }

    Lexer _lexer;
    const Json& _given;
    std::map<std::string, Json> _variables;
    std::map<std::string, Selection> _fragments;
};

} // namespace

GraphQuery GraphQuery::read(std::string_view text, const Json& variables)
{
    return Reader(text, variables).read();
}

} // namespace spokehub::standin
