#include "ShopifyOrders.h"

#include "Queries.h"
#include "ShopifyTranslate.h"

#include <algorithm>

namespace spokehub::shopify
{

namespace
{

constexpr std::int64_t pageSize = 50;
constexpr std::int64_t overlapMicros = 5 * 60 * std::int64_t{1'000'000};

/// An order as read, copied out of the answer; what did not fit into the page is read after it.
struct PulledOrder
{
    Order order;
    std::vector<Fulfilment> fulfilments;
    std::vector<Refund> refunds;
    std::string moreLines;                        // cursors; empty: all is there
    std::vector<std::string> moreFulfilmentLines; // one for each fulfilment, and for each refund
    std::vector<std::string> moreRefundLines;
};

std::string idIn(const JsonObject& from, std::string_view member, std::string_view type)
{
    const auto object = from.object(member);
    return std::string(object ? numberOfGid(object->text("id"), type) : std::string_view());
}

std::string ownId(const JsonObject& from, std::string_view type)
{
    const std::string_view number = numberOfGid(from.text("id"), type);
    if (number.empty())
        from.refuse("id", "is not the gid of a " + std::string(type));
    return std::string(number);
}

std::int64_t shopMoney(const JsonObject& from, std::string_view set, std::string_view currency)
{
    const auto bag = from.object(set);
    const auto money = bag ? bag->object("shopMoney") : std::nullopt;
    return money ? money->money("amount", currency).value_or(0) : 0;
}

std::string moreAfter(const JsonObject& connection)
{
    const PageInfo page = PageInfo::of(connection);
    return page.more ? page.cursor : std::string();
}

void readLines(const JsonObject& connection, std::string_view currency,
               std::vector<OrderLine>& lines)
{
    connection.each("nodes", [&](const JsonObject& from) {
        OrderLine line;
        line.lineId = ownId(from, "LineItem");
        line.variantId = idIn(from, "variant", "ProductVariant");
        line.productId = idIn(from, "product", "Product");
        line.sku = from.sku();
        line.title = from.text("name");
        line.quantity = from.count("quantity");
        line.open = from.countIfAny("unfulfilledQuantity");
        line.unitPrice = shopMoney(from, "originalUnitPriceSet", currency);
        line.requiresShipping = from.flag("requiresShipping", true);
        lines.push_back(std::move(line));
    });
}

void readFulfilmentLines(const JsonObject& connection, std::vector<LineQuantity>& lines)
{
    connection.each("nodes", [&](const JsonObject& from) {
        lines.push_back(
            {idIn(from, "lineItem", "LineItem"), from.countIfAny("quantity").value_or(0)});
    });
}

void readRefundLines(const JsonObject& connection, std::vector<RefundLine>& lines)
{
    connection.each("nodes", [&](const JsonObject& from) {
        lines.push_back({idIn(from, "lineItem", "LineItem"), from.count("quantity"),
                         dispositionFrom(from.text("restockType")),
                         idIn(from, "location", "Location")});
    });
}

OrderStatus readStatus(const JsonObject& from)
{
    OrderStatus status;
    status.cancelledAt = from.time("cancelledAt");
    status.cancelled = !status.cancelledAt.empty();
    status.cancelReason = from.text("cancelReason");
    std::transform(
        status.cancelReason.begin(), status.cancelReason.end(), status.cancelReason.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    status.payment = paymentFrom(from.text("displayFinancialStatus"));
    status.paid = isPaid(status.payment);
    return status;
}

OrderTotals readTotals(const JsonObject& from, std::string_view currency)
{
    OrderTotals totals;
    totals.total = shopMoney(from, "totalPriceSet", currency);
    totals.subtotal = shopMoney(from, "subtotalPriceSet", currency);
    totals.tax = shopMoney(from, "totalTaxSet", currency);
    totals.shipping = shopMoney(from, "totalShippingPriceSet", currency);
    totals.discount = shopMoney(from, "totalDiscountsSet", currency);
    const std::string_view buyers = from.text("presentmentCurrencyCode");
    if (buyers.empty() || buyers == currency)
        return totals;
    totals.buyerCurrency = buyers;
    const JsonObject bag = from.required("totalPriceSet");
    if (const auto money = bag.object("presentmentMoney"))
        totals.buyerTotal = money->money("amount", buyers);
    return totals;
}

std::optional<Customer> readCustomer(const JsonObject& from)
{
    Customer to;
    to.email = from.text("email");
    to.phone = from.text("phone");
    if (const auto customer = from.object("customer")) {
        to.id = ownId(*customer, "Customer");
        to.name = customer->text("displayName");
        const auto mail = customer->object("defaultEmailAddress");
        if (to.email.empty() && mail)
            to.email = mail->text("emailAddress");
        const auto phone = customer->object("defaultPhoneNumber");
        if (to.phone.empty() && phone)
            to.phone = phone->text("phoneNumber");
    }
    if (to.id.empty() && to.email.empty() && to.phone.empty())
        return std::nullopt;
    return to;
}

std::optional<Address> readAddress(const JsonObject& order)
{
    const auto from = order.object("shippingAddress");
    if (!from)
        return std::nullopt;
    Address to;
    to.name = from->text("name");
    to.company = from->text("company");
    to.address1 = from->text("address1");
    to.address2 = from->text("address2");
    to.city = from->text("city");
    to.region = from->text("provinceCode");
    to.postalCode = from->text("zip");
    to.country = from->text("countryCodeV2");
    to.phone = from->text("phone");
    return to;
}

void readFulfilments(const JsonObject& from, PulledOrder& to)
{
    from.each("fulfillments", [&](const JsonObject& one) {
        Fulfilment fulfilment;
        fulfilment.id = ownId(one, "Fulfillment");
        fulfilment.orderId = to.order.orderId;
        fulfilment.updatedAt = one.time("updatedAt");
        fulfilment.status = fulfilmentStatusFrom(one.text("status"));
        fulfilment.delivered = one.text("displayStatus") == "DELIVERED";
        one.each("trackingInfo", [&](const JsonObject& tracking) {
            fulfilment.carrier = tracking.text("company");
            fulfilment.trackingNumber = tracking.text("number");
            fulfilment.trackingUrl = tracking.text("url");
        });
        fulfilment.location = idIn(one, "location", "Location");
        const JsonObject lines = one.required("fulfillmentLineItems");
        readFulfilmentLines(lines, fulfilment.lines);
        to.fulfilments.push_back(std::move(fulfilment));
        to.moreFulfilmentLines.push_back(moreAfter(lines));
    });
}

void readRefunds(const JsonObject& from, PulledOrder& to)
{
    from.each("refunds", [&](const JsonObject& one) {
        Refund refund;
        refund.id = ownId(one, "Refund");
        refund.orderId = to.order.orderId;
        refund.updatedAt = one.time("updatedAt");
        refund.currency = to.order.currency;
        refund.amount = shopMoney(one, "totalRefundedSet", refund.currency);
        const JsonObject lines = one.required("refundLineItems");
        readRefundLines(lines, refund.lines);
        to.refunds.push_back(std::move(refund));
        to.moreRefundLines.push_back(moreAfter(lines));
    });
}

PulledOrder readOrder(const JsonObject& from, const std::string& readAt)
{
    PulledOrder pulled;
    Order& to = pulled.order;
    to.orderId = ownId(from, "Order");
    to.updatedAt = from.time("updatedAt");
    to.readAt = readAt;
    to.number = from.text("name");
    to.placedAt = from.time("processedAt");
    to.currency = from.text("currencyCode");
    to.test = from.flag("test");
    to.status = readStatus(from);
    to.totals = readTotals(from, to.currency);
    to.customer = readCustomer(from);
    to.shipTo = readAddress(from);
    const JsonObject lines = from.required("lineItems");
    readLines(lines, to.currency, to.lines);
    pulled.moreLines = moreAfter(lines);
    readFulfilments(from, pulled);
    readRefunds(from, pulled);
    return pulled;
}

class OrderPull
{
public:
    OrderPull(const Host& host, ShopifyApi& api, Out& out) : _host(host), _api(api), _out(out) {}

    Class one(const std::string& id)
    {
        std::string variables;
        JsonText(variables).beginObject().member("id", gidOf("Order", id)).endObject();
        const JsonObject data = _api.call(queries::order, variables, _out);
        const auto found = data.object("order");
        if (!found) {
            _host.log(LogLevel::Warning, "the shop has no order " + id + " any more");
            return Class::Done;
        }
        PulledOrder pulled = readOrder(*found, _host.nowIso());
        complete(pulled);
        say(pulled);
        return Class::Done;
    }

    Class all(const PullRequest& request)
    {
        begin(request);
        bool more = true;
        while (more) {
            if (_host.cancelled())
                return Class::Cancelled;
            more = page();
            _out.checkpoint({more ? _since + " " + _after : _seen});
        }
        return Class::Done;
    }

private:
    void begin(const PullRequest& request)
    {
        const auto space = request.cursor.find(' ');
        _since = request.cursor.substr(0, space);
        _seen = _since;
        if (space != std::string::npos)
            _after = request.cursor.substr(space + 1);
        else if (const auto until = microsFromIso(_since))
            _since = isoFromMicros((*until - overlapMicros) / 1'000'000 * 1'000'000);
        else
            _seen = _since = request.since;
        if (request.pageMax > 0)
            _size = std::min(_size, request.pageMax);
    }

    std::string variables() const
    {
        std::string text;
        JsonText json(text);
        json.beginObject().member("first", _size).memberOrNull("after", _after);
        json.memberOrNull("query",
                          _since.empty() ? std::string() : "updated_at:>='" + _since + "'");
        json.endObject();
        return text;
    }

    /// Reads and says one page; answers whether another one follows.
    bool page()
    {
        std::vector<PulledOrder> orders;
        const PageInfo info = read(orders);
        for (PulledOrder& one : orders) {
            complete(one);
            say(one);
            _seen = std::max(_seen, one.order.updatedAt);
        }
        _after = info.cursor;
        return info.more;
    }

    PageInfo read(std::vector<PulledOrder>& orders)
    {
        for (;;) {
            try {
                // The first page is that of _since: where this pass began.
                const JsonObject data = pageOf(
                    _api, queries::orders, _after, [this] { return variables(); }, _out);
                const std::string readAt = _host.nowIso();
                const JsonObject connection = data.required("orders");
                connection.each("nodes", [&](const JsonObject& one) {
                    orders.push_back(readOrder(one, readAt));
                });
                return PageInfo::of(connection);
            } catch (const TooCostly&) {
                if (_size == 1)
                    throw;
                _size = std::max<std::int64_t>(1, _size / 2);
            }
        }
    }

    /// Reads what did not fit into the page: nothing of an order is left out.
    void complete(PulledOrder& pulled)
    {
        rest(queries::moreLines, "order", "lineItems", gidOf("Order", pulled.order.orderId),
             pulled.moreLines, [&](const JsonObject& lines) {
                 readLines(lines, pulled.order.currency, pulled.order.lines);
             });
        for (std::size_t i = 0; i < pulled.fulfilments.size(); ++i)
            rest(queries::moreFulfilmentLines, "fulfillment", "fulfillmentLineItems",
                 gidOf("Fulfillment", pulled.fulfilments[i].id), pulled.moreFulfilmentLines[i],
                 [&](const JsonObject& lines) {
                     readFulfilmentLines(lines, pulled.fulfilments[i].lines);
                 });
        for (std::size_t i = 0; i < pulled.refunds.size(); ++i)
            rest(queries::moreRefundLines, "refund", "refundLineItems",
                 gidOf("Refund", pulled.refunds[i].id), pulled.moreRefundLines[i],
                 [&](const JsonObject& lines) { readRefundLines(lines, pulled.refunds[i].lines); });
    }

    template <class Read>
    void rest(const char* query, std::string_view root, std::string_view connection,
              const std::string& gid, std::string after, Read&& read)
    {
        while (!after.empty()) {
            std::string variables;
            JsonText(variables).beginObject().member("id", gid).member("after", after).endObject();
            const JsonObject data = _api.call(query, variables, _out);
            const JsonObject owner = data.required(root);
            const JsonObject lines = owner.required(connection);
            read(lines);
            after = moreAfter(lines);
        }
    }

    void say(PulledOrder& pulled)
    {
        pulled.order.revision =
            static_cast<std::int64_t>(pulled.fulfilments.size() + pulled.refunds.size());
        _out.fact(pulled.order);
        for (const Fulfilment& one : pulled.fulfilments)
            _out.fact(one);
        for (const Refund& one : pulled.refunds)
            _out.fact(one);
    }

    const Host& _host;
    ShopifyApi& _api;
    Out& _out;
    std::int64_t _size = pageSize;
    std::string _since; // the query's lower bound
    std::string _after; // Shopify's cursor of the last page
    std::string _seen;  // the newest change said
};

} // namespace

Class pullOrders(const Host& host, ShopifyApi& api, const PullRequest& request, Out& out)
{
    OrderPull pull(host, api, out);
    return request.id.empty() ? pull.all(request) : pull.one(request.id);
}

} // namespace spokehub::shopify
