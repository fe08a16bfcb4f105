#include "store/ListText.h"

namespace spokehub::store
{

ListText& ListText::where(std::string_view condition)
{
    return add(" AND ").add(condition);
}

ListText& ListText::where(std::string_view before, Param value)
{
    return where(before).add(next(value));
}

std::string ListText::next(Param value)
{
    _params.push_back(value);
    return "$" + std::to_string(_params.size());
}

ListText& ListText::add(std::string_view text)
{
    _text.append(text);
    return *this;
}

void ListText::read(Session& session, const RowVisitor& visit) const
{
    session.queryText(_text, _params, visit);
}

} // namespace spokehub::store
