#include "core/CsvTable.h"

#include "core/Error.h"
#include "core/Json.h"

#include <algorithm>

namespace spokehub
{

namespace
{

constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";

[[noreturn]] void refuse(std::size_t line, const std::string& what)
{
    throw Error(Refusal::BadRequest, "line " + std::to_string(line) + ": " + what,
                {{"line " + std::to_string(line), what}});
}

/// Takes a text apart, cell by cell.
class Reading
{
public:
    explicit Reading(std::string_view text) : _text(text) {}

    bool atEnd() const { return _at == _text.size(); }
    std::size_t line() const { return _line; }

    CsvRow row()
    {
        CsvRow row{_line, {}, {}};
        const std::size_t begin = _at;
        do
            row.cells.push_back(cell());
        while (take(','));
        endLine();
        row.text = _text.substr(begin, _at - begin);
        return row;
    }

private:
    std::string cell()
    {
        std::string cell = take('"') ? quoted() : plain();
        if (cell.size() > 1 && cell[0] == '\'' &&
            std::string_view("=+-@\t\r").find(cell[1]) != std::string_view::npos)
            cell.erase(0, 1);
        return cell;
    }

    std::string plain()
    {
        const std::size_t end = std::min(_text.find_first_of(",\r\n", _at), _text.size());
        std::string cell(_text.substr(_at, end - _at));
        if (cell.find('"') != std::string::npos)
            refuse(_line, "a quote stands within a cell that does not begin with one");
        _at = end;
        return cell;
    }

    std::string quoted()
    {
        const std::size_t began = _line;
        std::string cell;
        for (;;) {
            if (atEnd())
                refuse(began, "a quoted cell that begins here never ends");
            const char c = _text[_at++];
            _line += c == '\n' ? 1 : 0;
            if (c != '"')
                cell += c;
            else if (take('"'))
                cell += '"';
            else
                return cell;
        }
    }

    void endLine()
    {
        const bool carriage = take('\r');
        if (take('\n'))
            ++_line;
        else if (!atEnd() || carriage)
            refuse(_line, carriage ? "a CR stands without an LF behind it"
                                   : "text stands behind a quoted cell");
    }

    bool take(char c)
    {
        if (atEnd() || _text[_at] != c)
            return false;
        ++_at;
        return true;
    }

    const std::string_view _text;
    std::size_t _at = 0;
    std::size_t _line = 1;
};

} // namespace

std::vector<CsvRow> readCsv(std::string_view text, std::size_t rowsMax)
{
    if (text.starts_with(byteOrderMark))
        text.remove_prefix(byteOrderMark.size());
    if (!isUtf8(text) || text.find('\0') != std::string_view::npos)
        throw Error(Refusal::BadRequest, "the file is not UTF-8 text");
    std::vector<CsvRow> rows;
    Reading reading(text);
    while (!reading.atEnd()) {
        CsvRow row = reading.row();
        if (row.cells.size() == 1 && row.cells[0].empty())
            continue;
        if (rows.size() == rowsMax)
            refuse(row.line, "there are more than " + std::to_string(rowsMax) + " rows");
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace spokehub
