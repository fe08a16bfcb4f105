#pragma once

#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokehub::store
{

/// A list whose filters come and go: put together from constants, its values are parameters. Texts
/// are borrowed until it is read.
class ListText
{
public:
    /// `select`: up to and with "WHERE tenant_id = $1".
    ListText(std::string_view select, std::int64_t tenant) : _text(select), _params{tenant} {}

    /// "removed = 0"
    ListText& where(std::string_view condition);
    /// "price >= ", and what it is compared with.
    ListText& where(std::string_view before, Param value);
    /// The same when there is a value.
    template <class T>
    ListText& maybe(std::string_view before, const std::optional<T>& value)
    {
        return value ? where(before, Param(*value)) : *this;
    }

    std::string next(Param value);
    ListText& add(std::string_view text);

    void read(Session& session, const RowVisitor& visit) const;

private:
    std::string _text;
    std::vector<Param> _params;
};

/// Where a list is in order of id, and which column says when a row was changed.
struct Walk
{
    std::string_view list; // the name of its cursors
    std::string_view id = "id";
    std::string_view changed = "updated_at";
};

/// A page in order of id; of what changed since a moment, in the order in which it changed, so that
/// whoever follows a list asks from the last change that he saw. What changes while it is read
/// comes again.
template <class T, class Make>
Page<T> readPage(Session& session, const Walk& walk, ListText text, const PageRequest& page,
                 std::optional<Time> since, Time T::*changed, Make make)
{
    const std::string list = std::string(walk.list) + (since ? ".changed" : "");
    if (since) {
        const auto [at, id] =
            page.afterPair(list).value_or(std::pair<std::int64_t, std::int64_t>(since->micros, 0));
        const std::string columns = std::string(walk.changed) + ", " + std::string(walk.id);
        const std::string from = text.next(at);
        text.where("(" + columns + ") > (" + from + ", " + text.next(id) + ")");
        text.add(" ORDER BY " + columns);
    } else {
        text.where(std::string(walk.id) + " > ", page.afterId(list));
        text.add(" ORDER BY ").add(walk.id);
    }
    text.add(" LIMIT " + text.next(page.limit + 1));
    std::vector<T> rows;
    text.read(session, [&](const Row& row) { rows.push_back(make(row)); });
    return pageOf(list, page, std::move(rows), [&](const T& row) {
        const std::string id = std::to_string(row.id);
        return since ? std::to_string((row.*changed).micros) + ":" + id : id;
    });
}

} // namespace spokehub::store
