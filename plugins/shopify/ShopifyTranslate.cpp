#include "ShopifyTranslate.h"

#include "JsonObject.h"

#include <algorithm>
#include <array>

namespace spokehub::shopify
{

namespace
{

std::string lower(std::string_view text)
{
    std::string made(text);
    std::transform(made.begin(), made.end(), made.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return made;
}

/// The exact id: numeric ids are rounded by some relays, the gid beside them is text.
std::string exactId(const JsonObject& from, std::string_view type)
{
    const std::string_view number = numberOfGid(from.text("admin_graphql_api_id"), type);
    return number.empty() ? from.id("id") : std::string(number);
}

/// Sums of what outsiders write may not fit.
std::int64_t added(const JsonObject& from, std::string_view name, std::int64_t a, std::int64_t b)
{
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        from.refuse(name, "adds up to more than 63 bits hold");
    return sum;
}

std::string firstTime(const JsonObject& from, std::initializer_list<std::string_view> names)
{
    for (const std::string_view name : names)
        if (std::string time = from.time(name); !time.empty())
            return time;
    return {};
}

std::string_view currencyOf(const JsonObject& from)
{
    const std::string_view currency = from.text("currency");
    if (currency.size() > noCurrency.size())
        from.refuse("currency", "is no currency: \"" + std::string(currency.substr(0, 40)) + "\"");
    return currency.empty() ? noCurrency : currency;
}

Address address(const JsonObject& from)
{
    Address to;
    to.name = from.text("name");
    to.company = from.text("company");
    to.address1 = from.text("address1");
    to.address2 = from.text("address2");
    to.city = from.text("city");
    to.region = from.text(from.text("province_code").empty() ? "province" : "province_code");
    to.postalCode = from.text("zip");
    to.country = from.text(from.text("country_code").empty() ? "country" : "country_code");
    to.phone = from.text("phone");
    return to;
}

std::optional<Customer> customer(const JsonObject& order)
{
    Customer to;
    to.email = order.text("email");
    to.phone = order.text("phone");
    if (const auto from = order.object("customer")) {
        to.id = exactId(*from, "Customer");
        to.name = from->text("first_name");
        if (const auto last = from->text("last_name"); !last.empty())
            to.name.append(to.name.empty() ? "" : " ").append(last);
        if (to.email.empty())
            to.email = from->text("email");
        if (to.phone.empty())
            to.phone = from->text("phone");
    }
    if (to.id.empty() && to.email.empty() && to.phone.empty())
        return std::nullopt;
    return to;
}

OrderLine orderLine(const JsonObject& from, std::string_view currency)
{
    OrderLine line;
    line.lineId = exactId(from, "LineItem");
    line.variantId = from.idIfAny("variant_id");
    line.productId = from.idIfAny("product_id");
    line.sku = from.sku();
    line.title = from.text(from.text("name").empty() ? "title" : "name");
    line.quantity = from.count("quantity");
    line.open = from.countIfAny("fulfillable_quantity");
    line.unitPrice = from.money("price", currency).value_or(0);
    line.requiresShipping = from.flag("requires_shipping", true);
    return line;
}

std::int64_t shipping(const JsonObject& order, std::string_view currency)
{
    if (const auto set = order.object("total_shipping_price_set"))
        if (const auto money = set->object("shop_money"))
            return money->money("amount", currency).value_or(0);
    std::int64_t sum = 0;
    order.each("shipping_lines", [&](const JsonObject& line) {
        sum = added(line, "price", sum, line.money("price", currency).value_or(0));
    });
    return sum;
}

OrderTotals totals(const JsonObject& order, const Order& to)
{
    OrderTotals totals;
    const std::string_view currency = to.currency;
    std::int64_t sold = 0;
    for (const OrderLine& line : to.lines) {
        std::int64_t amount = 0;
        if (__builtin_mul_overflow(line.unitPrice, line.quantity, &amount))
            order.refuse("line_items", "adds up to more than 63 bits hold");
        sold = added(order, "line_items", sold, amount);
    }
    totals.subtotal = order.money("subtotal_price", currency).value_or(sold);
    totals.total = order.money("total_price", currency).value_or(totals.subtotal);
    totals.tax = order.money("total_tax", currency).value_or(0);
    totals.discount = order.money("total_discounts", currency).value_or(0);
    totals.shipping = shipping(order, currency);

    const std::string_view buyers = order.text("presentment_currency");
    if (buyers.empty() || buyers == currency)
        return totals;
    totals.buyerCurrency = buyers;
    if (const auto set = order.object("total_price_set"))
        if (const auto money = set->object("presentment_money"))
            totals.buyerTotal = money->money("amount", buyers);
    return totals;
}

OrderStatus status(const JsonObject& order)
{
    OrderStatus status;
    status.cancelledAt = order.time("cancelled_at");
    status.cancelled = !status.cancelledAt.empty();
    status.cancelReason = order.text("cancel_reason");
    status.payment = paymentFrom(order.text("financial_status"));
    status.paid = isPaid(status.payment);
    return status;
}

Fulfilment fulfilment(const JsonObject& from, const std::string& orderId)
{
    Fulfilment to;
    to.id = exactId(from, "Fulfillment");
    to.orderId = orderId.empty() ? from.id("order_id") : orderId;
    to.updatedAt = firstTime(from, {"updated_at", "created_at"});
    if (to.updatedAt.empty())
        from.refuse("updated_at", "is missing");
    to.status = fulfilmentStatusFrom(from.text("status"));
    to.delivered = from.text("shipment_status") == "delivered";
    to.trackingNumber = from.text("tracking_number");
    to.trackingUrl = from.text("tracking_url");
    to.carrier = from.text("tracking_company");
    to.location = from.idIfAny("location_id");
    from.each("line_items", [&](const JsonObject& line) {
        to.lines.push_back({exactId(line, "LineItem"), line.count("quantity")});
    });
    return to;
}

RefundLine refundLine(const JsonObject& from)
{
    RefundLine to;
    if (const auto line = from.object("line_item"))
        to.lineId = numberOfGid(line->text("admin_graphql_api_id"), "LineItem");
    if (to.lineId.empty())
        to.lineId = from.id("line_item_id");
    to.quantity = from.count("quantity");
    to.disposition = dispositionFrom(from.text("restock_type"));
    to.location = from.idIfAny("location_id");
    return to;
}

/// The money is what the transactions gave back; lines without one are goods alone.
Refund refund(const JsonObject& from, const std::string& orderId, std::string_view currency)
{
    Refund to;
    to.id = exactId(from, "Refund");
    to.orderId = orderId.empty() ? from.id("order_id") : orderId;
    to.updatedAt = firstTime(from, {"updated_at", "created_at", "processed_at"});
    if (to.updatedAt.empty())
        from.refuse("created_at", "is missing");
    to.currency = currency;
    from.each("transactions", [&](const JsonObject& transaction) {
        const std::string_view state = transaction.text("status");
        if (transaction.text("kind") != "refund" || !(state.empty() || state == "success"))
            return;
        if (const auto said = transaction.text("currency"); !said.empty())
            to.currency = said;
        to.amount = added(transaction, "amount", to.amount,
                          transaction.money("amount", to.currency).value_or(0));
    });
    from.each("refund_line_items", [&](const JsonObject& line) {
        to.lines.push_back(refundLine(line));
        if (!to.currency.empty())
            return;
        if (const auto set = line.object("subtotal_set"))
            if (const auto money = set->object("shop_money"))
                to.currency = money->text("currency_code");
    });
    if (to.currency.empty())
        to.currency = noCurrency;
    return to;
}

void order(const JsonObject& from, Out& out)
{
    Order to;
    to.orderId = exactId(from, "Order");
    to.updatedAt = firstTime(from, {"updated_at", "created_at", "processed_at"});
    if (to.updatedAt.empty())
        from.refuse("updated_at", "is missing");
    to.placedAt = firstTime(from, {"processed_at", "created_at"});
    if (to.placedAt.empty())
        to.placedAt = to.updatedAt;
    to.number = from.text("name");
    to.currency = currencyOf(from);
    to.test = from.flag("test");
    if (!from.hasList("line_items"))
        from.refuse("line_items", from.has("line_items") ? "is not a list" : "is missing");
    to.lines.reserve(8);
    from.each("line_items", [&](const JsonObject& line) {
        OrderLine read = orderLine(line, to.currency);
        if (std::any_of(to.lines.begin(), to.lines.end(),
                        [&](const OrderLine& earlier) { return earlier.lineId == read.lineId; }))
            line.refuse("id", "stands twice: " + read.lineId);
        to.lines.push_back(std::move(read));
    });
    to.status = status(from);
    to.totals = totals(from, to);
    to.customer = customer(from);
    if (const auto ship = from.object("shipping_address"))
        to.shipTo = address(*ship);

    // All is read before anything is said: a message is understood whole or not at all.
    std::vector<Fulfilment> fulfilments;
    std::vector<Refund> refunds;
    from.each("fulfillments",
              [&](const JsonObject& one) { fulfilments.push_back(fulfilment(one, to.orderId)); });
    from.each("refunds", [&](const JsonObject& one) {
        refunds.push_back(refund(one, to.orderId, to.currency));
    });
    // Shopify's times have whole seconds; what has happened to an order only grows.
    to.revision = static_cast<std::int64_t>(fulfilments.size() + refunds.size());
    out.fact(to);
    for (const Fulfilment& one : fulfilments)
        out.fact(one);
    for (const Refund& one : refunds)
        out.fact(one);
}

void level(const JsonObject& from, Out& out)
{
    if (!from.has("available"))
        return; // the item is not tracked, or no longer stocked there
    constexpr std::string_view member = "?inventory_item_id=";
    const std::string_view gid = from.text("admin_graphql_api_id");
    const auto at = gid.find(member);
    Level to;
    if (at != gid.npos)
        to.stockId =
            numberOfGid(gidOf("InventoryItem", gid.substr(at + member.size())), "InventoryItem");
    if (to.stockId.empty())
        to.stockId = from.id("inventory_item_id");
    to.location = from.id("location_id");
    to.quantity = *from.integer("available");
    to.updatedAt = from.time("updated_at");
    out.level(to);
}

/// Neither price nor quantity: the message has no currency, and its quantity is that of all
/// locations together.
void product(const JsonObject& from, Out& out)
{
    const std::string productId = exactId(from, "Product");
    const std::string_view title = from.text("title");
    std::vector<Listing> listings;
    if (!from.hasList("variants"))
        from.refuse("variants", "is missing or not a list");
    from.each("variants", [&](const JsonObject& variant) {
        Listing to;
        to.externalId = exactId(variant, "ProductVariant");
        to.parentId = productId;
        to.stockId = variant.idIfAny("inventory_item_id");
        to.sku = variant.sku();
        to.title = listingTitle(title, variant.text("title"));
        to.updatedAt = firstTime(variant, {"updated_at", "created_at"});
        listings.push_back(std::move(to));
    });
    for (const Listing& one : listings)
        out.listing(one);
}

void edited(const JsonObject& from, Out& out)
{
    const JsonObject edit = from.required("order_edit");
    out.fetch({"orders", edit.id("order_id")});
}

/// Ids of a list; Shopify writes them as numbers.
std::vector<std::string> idsIn(const JsonObject& from, std::string_view name)
{
    std::vector<std::string> ids;
    for (const std::string& id : from.ids(name))
        if (std::find(ids.begin(), ids.end(), id) == ids.end())
            ids.push_back(id);
    return ids;
}

/// A wish about personal data. Each names its shop; what does not is refused, for it may erase.
Privacy wish(const JsonObject& from, const char* request)
{
    (void)from.id("shop_id");
    Privacy to;
    to.request = request;
    return to;
}

/// Who is meant, and which orders: the two webhooks call them differently.
Privacy ofCustomer(const JsonObject& from, const char* request, std::string_view orders)
{
    Privacy to = wish(from, request);
    if (const auto who = from.object("customer")) {
        to.customer.emplace();
        to.customer->id = who->idIfAny("id");
        to.customer->email = who->text("email");
        to.customer->phone = who->text("phone");
    }
    to.orders = idsIn(from, orders);
    return to;
}

void dataRequest(const JsonObject& from, Out& out)
{
    Privacy to = ofCustomer(from, "export", "orders_requested");
    if (const auto request = from.object("data_request"))
        to.id = request->idIfAny("id");
    out.privacy(to);
}

void uninstalled(const JsonObject& from, Out& out)
{
    out.notice({"uninstalled", "the app was removed from the shop " +
                                   std::string(from.text("name")) +
                                   ": install it again and renew the channel's access_token"});
}

struct Topic
{
    std::string_view name;
    void (*read)(const JsonObject& from, Out& out);
};

constexpr std::array topics{
    Topic{"orders/create", order},
    Topic{"orders/updated", order},
    Topic{"orders/paid", order},
    Topic{"orders/cancelled", order},
    Topic{"orders/fulfilled", order},
    Topic{"orders/partially_fulfilled", order},
    Topic{"orders/edited", edited},
    Topic{"refunds/create",
          [](const JsonObject& from, Out& out) { out.fact(refund(from, {}, {})); }},
    Topic{"fulfillments/create",
          [](const JsonObject& from, Out& out) { out.fact(fulfilment(from, {})); }},
    Topic{"fulfillments/update",
          [](const JsonObject& from, Out& out) { out.fact(fulfilment(from, {})); }},
    Topic{"inventory_levels/update", level},
    Topic{"products/update", product},
    Topic{"app/uninstalled", uninstalled},
    Topic{"customers/data_request", dataRequest},
    Topic{"customers/redact",
          [](const JsonObject& from, Out& out) {
              out.privacy(ofCustomer(from, "erase", "orders_to_redact"));
          }},
    Topic{"shop/redact",
          [](const JsonObject& from, Out& out) { out.privacy(wish(from, "erase_channel")); }},
};

} // namespace

Class translate(const Host& host, const Message& message, Out& out)
{
    const auto topic = std::find_if(topics.begin(), topics.end(),
                                    [&](const Topic& one) { return one.name == message.topic(); });
    if (topic == topics.end()) {
        host.log(LogLevel::Debug,
                 "webhook topic " + std::string(message.topic()) + " matters to nobody");
        return Class::Done;
    }
    thread_local simdjson::dom::parser
        parser; // keeps its buffers: one parse of each body, no allocation
    simdjson::dom::element root;
    auto error =
        simdjson::EMPTY; // which it does not find out by itself where there is no text at all
    if (!message.body().empty())
        error = parser.parse(message.body().data(), message.body().size()).get(root);
    if (error != simdjson::SUCCESS)
        throw Failure(Class::Rejected,
                      std::string("the body is not JSON: ") + simdjson::error_message(error));
    simdjson::dom::object object;
    if (root.get(object) != simdjson::SUCCESS)
        throw Failure(Class::Rejected, "the body is JSON, but not an object");
    topic->read(JsonObject(object, {}), out);
    return Class::Done;
}

std::string paymentFrom(std::string_view financialStatus)
{
    if (financialStatus.empty())
        return "pending";
    std::string word = lower(financialStatus);
    return word == "expired" ? "voided" : word; // an authorization that ran out will never be money
}

bool isPaid(std::string_view payment)
{
    return payment == "paid" || payment == "partially_refunded" || payment == "refunded";
}

std::string fulfilmentStatusFrom(std::string_view status)
{
    const std::string word = lower(status);
    if (word == "success" || word.empty())
        return "success";
    return word == "pending" || word == "open" ? "pending"
                                               : "cancelled"; // cancelled, error, failure
}

std::string dispositionFrom(std::string_view restockType)
{
    const std::string word = lower(restockType);
    if (word == "cancel" || word == "return")
        return word;
    return word == "legacy_restock" ? "return" : "none";
}

std::string listingTitle(std::string_view product, std::string_view variant)
{
    std::string title(product);
    if (!variant.empty() && variant != "Default Title")
        title.append(" - ").append(variant);
    return title;
}

} // namespace spokehub::shopify
