#pragma once

#include "core/Json.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace spokehub::cli
{

/// Prints what verbs answer: a table for people, JSON or CSV for programs.
class Output
{
public:
    enum class Format
    {
        Table,
        Json,
        Csv,
    };

    /// `colors`: in tables.
    Output(std::ostream& out, std::ostream& err, Format format, bool colors = false)
        : _out(out), _err(err), _format(format), _colors(colors)
    {
    }

    /// `document` is an array, or an object with `data` and perhaps `next_cursor`. A column names a
    /// member, or a member's member: "totals.tax".
    void list(Json document, const std::vector<std::string>& columns);

    /// An object: a line for each member, a table for each list of objects in it.
    void object(Json object);

    Format format() const { return _format; }
    /// For what has a form of its own.
    std::ostream& stream() { return _out; }

    /// For people: on standard error, so that what programs read stays clean.
    void note(const std::string& sentence);

private:
    using Rows = std::vector<std::vector<std::string>>;
    void table(const Rows& rows, std::size_t indent);
    void csv(const Rows& rows);

    std::ostream& _out;
    std::ostream& _err;
    const Format _format;
    const bool _colors;
};

} // namespace spokehub::cli
