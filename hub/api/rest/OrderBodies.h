#pragma once

#include "api/Call.h"
#include "api/Fields.h"
#include "orders/OrderCommands.h"

namespace spokehub::api
{

/// What a caller wants shipped; all that is left when he says nothing. Throws Error(BadRequest)
/// that names each member that is wrong.
orders::ShipRequest shipmentIn(Call& call);

/// An order that is made by hand; `body` is what `fields` reads. Throws as shipmentIn().
orders::NewOrder orderIn(Fields& fields, Json body);

} // namespace spokehub::api
