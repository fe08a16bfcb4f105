#include "spokes/LibraryBorder.h"

namespace spokehub::spokes
{

namespace
{

sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

} // namespace

LibraryBorder::~LibraryBorder()
{
    if (_instance != nullptr)
        _table.close(_instance);
}

bool LibraryBorder::has(Verb verb) const
{
    switch (verb) {
    case Verb::Open:
        return true;
    case Verb::Check:
        return _table.check != nullptr;
    case Verb::Pull:
        return _table.pull != nullptr;
    case Verb::Push:
        return _table.push != nullptr;
    case Verb::Subscribe:
        return _table.subscribe != nullptr;
    case Verb::Accept:
        return _table.accept != nullptr;
    case Verb::Translate:
        return _table.translate != nullptr;
    }
    return false;
}

Ended LibraryBorder::open(const sph_host* host, std::string_view settings, const sph_sink& out)
{
    const std::int32_t ended = _table.open(host, text(settings), &_instance, &out);
    return {ended == SPH_DONE && _instance == nullptr ? SPH_BUG : ended};
}

Ended LibraryBorder::run(Verb verb, const Call&, std::string_view stream, std::string_view request,
                         const sph_sink& out)
{
    switch (verb) {
    case Verb::Check:
        return {_table.check(_instance, &out)};
    case Verb::Pull:
        return {_table.pull(_instance, text(stream), text(request), &out)};
    case Verb::Push:
        return {_table.push(_instance, text(request), &out)};
    case Verb::Subscribe:
        return {_table.subscribe(_instance, text(request), &out)};
    default:
        return {SPH_UNSUPPORTED};
    }
}

Ended LibraryBorder::accept(const sph_request& request, const sph_accept_sink& out) const
{
    return {_table.accept(_instance, &request, &out)};
}

Ended LibraryBorder::translate(const sph_message& message, const sph_sink& out) const
{
    return {_table.translate(_instance, &message, &out)};
}

} // namespace spokehub::spokes
