#pragma once

#include "api/ApiParts.h"
#include "orders/OrderReader.h"
#include "sync/TaskReader.h"

#include <string>
#include <string_view>

namespace spokehub::api
{

/// The members of an order that every answer has, with its lines; the object stays open.
void beginOrder(JsonWriter& json, const orders::OrderRow& order, std::string_view channel);

void writeFact(JsonWriter& json, const orders::FactRow& fact, bool withBody);
void writeShipment(JsonWriter& json, const orders::ShipmentRow& shipment);
void writeTask(JsonWriter& json, const sync::TaskRow& task, std::string_view channel, Time now);

/// The members of an object that is JSON text already (customer, ship_to, totals).
void writeMembers(JsonWriter& json, std::string_view object);
void writeCustomer(JsonWriter& json, const orders::CustomerRow& customer, std::string_view channel);

/// "lst_…", "shp_…" or "msg_…", after the kind.
std::string shownSubject(const sync::TaskRow& task);

} // namespace spokehub::api
