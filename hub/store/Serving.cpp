#include "store/Serving.h"

#include <utility>

namespace spokehub::store
{

namespace
{

thread_local Id serving = Serving::nobody;

} // namespace

Serving::Serving(Id tenant) : _before(std::exchange(serving, tenant)) {}

Serving::~Serving()
{
    serving = _before;
}

Id Serving::current()
{
    return serving;
}

std::string Tenants::text() const
{
    std::string text;
    for (const Id id : _ids)
        if (id != Serving::nobody)
            text += (text.empty() ? "" : ",") +
                    (id == Serving::everybody ? std::string("all") : std::to_string(id));
    return text;
}

} // namespace spokehub::store
