// What people do at the shops, and what merchants and operators ask of the hub.
#include "sim/Simulation.h"

#include "core/Error.h"

#include <algorithm>

namespace spokehub::sim
{

namespace
{

using namespace std::chrono_literals;

const Scope merchant{mainTenant, "merchant"};

/// Whether it may yet be done when it is asked again: the answer is not known, or the hub is busy.
bool mayPass(const std::exception_ptr& why)
{
    try {
        std::rethrow_exception(why);
    } catch (const Error& error) {
        return error.refusal() == Refusal::Unavailable;
    } catch (const std::exception&) {
        return true;
    }
}

std::string location(Random& random)
{
    return random.percent(60) ? "main" : "depot";
}

} // namespace

void Simulation::prepare()
{
    startHub();
    _hub->commands.run([&](store::Tx& tx) {
        std::map<std::string, Id> ids;
        for (const Recipe& recipe : catalogue()) {
            ids[recipe.sku] = _hub->variants.create(tx, merchant, {.sku = recipe.sku}).id;
            if (recipe.parts.size() == 1)
                continue;
            catalog::Components parts;
            for (const auto& [sku, quantity] : recipe.parts)
                parts.push_back({ids.at(sku), quantity});
            _hub->bundles.set(tx, merchant, ids[recipe.sku], parts);
        }
    });
    runUntil(_world.now() + 5s); // the shops' listings are read and matched
    _hub->commands.run([&](store::Tx& tx) {
        for (std::size_t i = 0; i < _shops.size(); ++i)
            for (const Product& product : _shops[i]->products) {
                const auto listing = _hub->listings.byExternalId(
                    tx, merchant, _hub->channels.all()[i]->id, product.id);
                if (!listing || !listing->variant)
                    throw Failed(product.id + " did not match by its SKU");
                _hub->listings.setUnitsPerSale(tx, merchant, listing->id,
                                               _shops[i]->traits.unitsPerSale);
            }
    });
    for (int i = 0; i < 12; ++i)
        adjust();
    runUntil(_world.now() + 10s);
}

void Simulation::shopOften()
{
    const auto mean = std::chrono::seconds(_world.random.between(4, 30));
    for (const auto& shop : _shops) {
        every(mean, [&each = *shop] { each.buy(); });
        every(mean, [&each = *shop] { each.work(); });
    }
}

void Simulation::merchandise()
{
    const auto mean = std::chrono::seconds(_world.random.between(4, 30));
    every(mean, [this] { adjust(); });
    every(mean, [this] { reserve(); });
    every(mean, [this] { endReservation(); });
    every(mean, [this] { ship(); });
    every(mean * 5, [this] { limit(); });
    if (_world.random.percent(50))
        every(mean * 2, [this] { cancel(); });
}

// ---------------------------------------------------------------- asking, until there is an answer

/// A caller that hears nothing asks again, under the same key.
void Simulation::send(std::shared_ptr<stock::StockCommand> command,
                      std::function<void(store::Outcome<stock::StockResult>)> done)
{
    const auto again = [this, command, done](std::chrono::microseconds wait) {
        _world.after(wait, [this, command, done] { send(command, done); });
    };
    if (!_hub || _faults.dead())
        return again(1s);
    ++_requests;
    try {
        _hub->stock.submit(*command, [this, again, done, cause = command->cause](
                                         store::Outcome<stock::StockResult> outcome) {
            if (_faults.dead() || (!outcome.ok() && mayPass(outcome.why())))
                return again(_world.random.around(2s));
            _world.note(cause + (outcome.ok() ? " is done" : " is refused"));
            _diary.refused += outcome.ok() ? 0 : 1;
            done(std::move(outcome));
        });
    } catch (const Error& error) {
        if (error.refusal() == Refusal::Unavailable)
            return again(1s);
        throw;
    }
    hurry();
}

void Simulation::write(std::function<void(store::Tx&)> work,
                       std::function<void(std::exception_ptr)> done)
{
    const auto again = [this, work, done](std::chrono::microseconds wait) {
        _world.after(wait, [this, work, done] { write(work, done); });
    };
    if (!_hub || _faults.dead())
        return again(1s);
    ++_requests;
    try {
        _hub->commands.submit(work, [this, again, done](const std::exception_ptr& why) {
            if (_faults.dead() || (why && mayPass(why)))
                return again(_world.random.around(2s));
            done(why);
        });
    } catch (const Error&) {
        return again(1s);
    }
    hurry();
}

// ---------------------------------------------------------------- stock

void Simulation::adjust()
{
    Random& random = _world.random;
    stock::Adjust wanted;
    wanted.sku = std::string(1, static_cast<char>('A' + random.below(6)));
    wanted.location = location(random);
    if (random.percent(60)) {
        wanted.kind = stock::MovementKind::Receive;
        wanted.onHand = random.between(1, 30);
    } else if (random.percent(50))
        wanted.onHand = random.between(-10, 5);
    else {
        wanted.kind = stock::MovementKind::Count;
        wanted.onHand = random.between(0, 20);
    }
    auto command = std::make_shared<stock::StockCommand>();
    command->scope = merchant;
    command->cause = command->idempotencyKey =
        "req-" + std::to_string(_requests) + "-" + std::to_string(_world.now().micros);
    command->what = wanted;
    send(command, [this, wanted, cause = command->cause](const auto& outcome) {
        if (outcome.ok())
            _diary.adjusted.push_back({wanted.sku, wanted.location, cause,
                                       wanted.kind == stock::MovementKind::Count, wanted.onHand});
    });
}

void Simulation::reserve()
{
    Random& random = _world.random;
    stock::Reserve wanted;
    wanted.sku = random.of(catalogue()).sku;
    wanted.quantity = random.between(1, 6);
    if (random.percent(30))
        wanted.location = location(random);
    if (random.percent(50))
        wanted.expiresIn = std::chrono::seconds(random.between(5, 300));
    auto command = std::make_shared<stock::StockCommand>();
    command->scope = merchant;
    command->cause = command->idempotencyKey =
        "res-" + std::to_string(_requests) + "-" + std::to_string(_world.now().micros);
    command->what = wanted;
    send(command, [this, wanted](store::Outcome<stock::StockResult> outcome) {
        if (!outcome.ok())
            return;
        const auto& made = *outcome.value().reservation;
        _diary.reserved[made.id] = {wanted.sku, wanted.quantity, made.expiresAt, {}};
    });
}

void Simulation::endReservation()
{
    std::vector<Id> open;
    for (const auto& [id, reserved] : _diary.reserved)
        if (reserved.ended.empty())
            open.push_back(id);
    if (open.empty())
        return;
    const Id id = _world.random.of(open);
    const bool commit = _world.random.percent(50);
    auto command = std::make_shared<stock::StockCommand>();
    command->scope = merchant;
    command->cause = "end-" + showId("res", id);
    command->what = stock::EndReservation{id, commit ? stock::HoldState::Committed
                                                     : stock::HoldState::Released};
    send(command, [this, id, commit](const auto& outcome) {
        if (outcome.ok())
            _diary.reserved.at(id).ended = commit ? "committed" : "released";
    });
}

void Simulation::limit()
{
    const std::string sku(1, static_cast<char>('A' + _world.random.below(6)));
    const std::int64_t safety = _world.random.below(4);
    const bool main = _world.random.percent(50);
    write(
        [this, sku, safety, main](store::Tx& tx) {
            const std::vector<std::string> skus{sku};
            const Id variant = _hub->variants.idsOf(tx, mainTenant, skus).at(sku);
            const auto& places = _hub->channels.all()[0]->stockRules.locations;
            const Id place = places[main ? 0 : 1];
            _hub->ledger.setLimits(tx, {mainTenant, variant, place, safety, std::nullopt});
        },
        [](const std::exception_ptr&) {});
}

// ---------------------------------------------------------------- orders

void Simulation::ship()
{
    static constexpr store::Sql known = {
        "SELECT 1 FROM shipment WHERE tenant_id = $1 AND tracking_number = $2"};
    std::string order;
    std::int64_t id = 0;
    std::vector<std::pair<std::int64_t, Units>> lines; // with the hub's ids
    _outside.read([&](store::Session& session) {
        session.queryText("SELECT o.id, o.external_id, l.id, l.external_line_id, l.target FROM "
                          "sales_order o JOIN order_line l ON "
                          "l.order_id = o.id WHERE l.target > 0 AND o.id = (SELECT order_id FROM "
                          "order_line WHERE target > 0 "
                          "ORDER BY order_id DESC LIMIT 1 OFFSET " +
                              std::to_string(_world.random.below(10)) + ")",
                          {}, [&](const store::Row& row) {
                              id = row.integer(0);
                              order = row.string(1);
                              lines.push_back({row.integer(2), {row.string(3), row.integer(4)}});
                          });
    });
    if (lines.empty())
        return;
    const std::string tracking = "S-" + std::to_string(_world.now().micros);
    Diary::Shipped shipped{order, {}};
    orders::ShipRequest request{.carrier = "cart", .trackingNumber = tracking};
    for (auto& [line, units] : lines) {
        units.quantity = _world.random.between(1, units.quantity);
        request.lines.push_back({line, units.quantity});
        shipped.units.push_back(units);
    }
    write(
        [this, id, request, tracking](store::Tx& tx) {
            bool done = false; // an earlier attempt, whose answer was lost
            tx.query(known, {mainTenant, tracking}, [&](const store::Row&) { done = true; });
            if (done)
                return;
            const auto made = _hub->orderCommands.ship(tx, merchant, id, request, "ship");
            _hub->tasks.planShipment(tx, mainTenant, made.channel, made.shipment);
        },
        [this, tracking, shipped](const std::exception_ptr& why) {
            _world.note(shipped.order + (why ? " cannot be shipped" : " shipped here ") + tracking);
            if (!why)
                _diary.shipped[tracking] = shipped;
        });
}

/// A merchant cancels an order here; the shop does not hear of it.
void Simulation::cancel()
{
    std::string order;
    std::int64_t id = 0;
    _outside.read([&](store::Session& session) {
        session.queryText("SELECT id, external_id FROM sales_order WHERE status <> 'cancelled' "
                          "ORDER BY id DESC LIMIT 1 OFFSET " +
                              std::to_string(_world.random.below(20)),
                          {}, [&](const store::Row& row) {
                              id = row.integer(0);
                              order = row.string(1);
                          });
    });
    if (id == 0)
        return;
    _diary.cancelTried.insert(order);
    write([this, id](
              store::Tx& tx) { _hub->orderCommands.cancel(tx, merchant, id, "no more", "cancel"); },
          [this, order](const std::exception_ptr& why) {
              _world.note(order + (why ? " cannot be cancelled" : " cancelled here"));
              if (!why)
                  _diary.cancelled.insert(order);
          });
}

/// An operator looks after what waits for a person.
void Simulation::operate()
{
    write(
        [this](store::Tx& tx) {
            for (const auto& channel : _hub->channels.all())
                if (_hub->channels.state(tx, *channel).paused) {
                    _hub->channels.resume(tx, *channel);
                    _hub->tasks.planChannel(tx, channel->tenant, channel->id);
                }
            _hub->tasks.retryAll(tx, merchant, {});
        },
        [](const std::exception_ptr&) {});
}

} // namespace spokehub::sim
