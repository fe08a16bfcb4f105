#include "store/Deed.h"

#include <utility>

namespace spokehub::store
{

namespace
{

thread_local std::shared_ptr<const Deed> doing;

} // namespace

Doing::Doing(std::shared_ptr<const Deed> deed) : _before(std::exchange(doing, std::move(deed))) {}

Doing::~Doing()
{
    doing = std::move(_before);
}

const std::shared_ptr<const Deed>& Doing::current()
{
    return doing;
}

} // namespace spokehub::store
