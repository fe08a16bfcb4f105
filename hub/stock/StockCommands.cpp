#include "stock/StockCommands.h"

#include "core/Json.h"
#include "store/AnsweredKeys.h"

#include <algorithm>
#include <unordered_map>

namespace spokehub::stock
{

namespace
{

constexpr Quantity quantityMax = 1'000'000'000;
constexpr int expireMax = 500;

constexpr store::Sql selectLocations = {
    "SELECT id, name FROM location WHERE tenant_id = $1 ORDER BY id"};

constexpr store::Sql selectReservation = {R"(
    SELECT owner_id, variant_id, location_id, owner_kind, quantity, subject_id, asked, state, reference, actor, expires_at,
           created_at
    FROM reservation WHERE tenant_id = $1 AND owner_id = $2)"};

constexpr store::Sql selectExpired = {R"(
    SELECT DISTINCT expires_at, tenant_id, owner_id FROM reservation
    WHERE expires_at IS NOT NULL AND quantity > 0 AND expires_at <= $1
    ORDER BY expires_at, tenant_id, owner_id LIMIT $2)"};

/// What two requests under one key must have in common.
std::string fingerprint(const StockCommand& command)
{
    JsonWriter text;
    text.beginArray();
    if (const auto* reserve = std::get_if<Reserve>(&command.what)) {
        text.value("reserve").value(reserve->sku).value(reserve->quantity).value(reserve->location);
        text.value(reserve->reference)
            .value(static_cast<std::int64_t>(reserve->expiresIn ? reserve->expiresIn->count() : 0));
    } else if (const auto* adjust = std::get_if<Adjust>(&command.what)) {
        text.value("adjust").value(adjust->sku).value(adjust->location).value(name(adjust->kind));
        text.value(adjust->onHand).value(adjust->reservedByHand);
    } else if (const auto* end = std::get_if<EndReservation>(&command.what))
        text.value("end").value(end->reservation).value(static_cast<std::int64_t>(end->how));
    return text.endArray().take();
}

void check(const StockCommand& command)
{
    std::vector<FieldError> errors;
    const auto bound = [&](const char* field, Quantity value, Quantity least) {
        if (value < least || value > quantityMax)
            errors.push_back({field, "must be between " + std::to_string(least) + " and " +
                                         std::to_string(quantityMax)});
    };
    if (const auto* reserve = std::get_if<Reserve>(&command.what)) {
        bound("quantity", reserve->quantity, 1);
        if (reserve->sku.empty())
            errors.push_back({"sku", "is missing"});
        if (reserve->expiresIn && reserve->expiresIn->count() < 1)
            errors.push_back({"expires_in", "must be at least 1 second"});
        if (reserve->reference.size() > 200)
            errors.push_back({"reference", "is longer than 200 bytes"});
    } else if (const auto* adjust = std::get_if<Adjust>(&command.what)) {
        bound("delta_on_hand", adjust->onHand,
              adjust->kind == MovementKind::Adjust ? -quantityMax : 0);
        bound("delta_reserved", adjust->reservedByHand, -quantityMax);
        if (adjust->sku.empty())
            errors.push_back({"sku", "is missing"});
    }
    if (command.idempotencyKey.size() > 200)
        errors.push_back({"Idempotency-Key", "is longer than 200 bytes"});
    const auto refuseNul = [&errors](const char* field, const std::string& text) {
        if (text.find('\0') != std::string::npos)
            errors.push_back({field, "holds a NUL character"});
    };
    refuseNul("Idempotency-Key", command.idempotencyKey);
    if (const auto* reserve = std::get_if<Reserve>(&command.what)) {
        refuseNul("sku", reserve->sku);
        refuseNul("location", reserve->location);
        refuseNul("reference", reserve->reference);
    } else if (const auto* adjust = std::get_if<Adjust>(&command.what)) {
        refuseNul("sku", adjust->sku);
        refuseNul("location", adjust->location);
        refuseNul("reason", adjust->reason);
    }
    if (!errors.empty()) {
        const std::string message = errors.front().field + " " + errors.front().reason;
        throw Error(Refusal::BadRequest, message, std::move(errors));
    }
}

/// The same adjustment, moving nothing: what a repeated one is answered from.
StockCommand readOf(StockCommand command)
{
    auto& adjust = std::get<Adjust>(command.what);
    adjust.kind = MovementKind::Adjust;
    adjust.onHand = adjust.reservedByHand = 0;
    return command;
}

} // namespace

/// What a batch needs to know about names: SKUs, recipes and locations, a tenant at a time.
struct StockCommands::Names
{
    struct Tenant
    {
        std::unordered_map<std::string, Id> variants;
        std::unordered_map<Id, std::string> skus;
        catalog::Recipes recipes;
        std::vector<std::pair<Id, std::string>> locations;
    };
    std::map<Id, Tenant> tenants;

    Id variant(Id tenant, const std::string& sku) const
    {
        const auto& known = tenants.at(tenant).variants;
        const auto found = known.find(sku);
        if (found == known.end())
            throw Error(Refusal::NotFound, "there is no variant with SKU " + sku);
        return found->second;
    }

    Id location(Id tenant, const std::string& name) const
    {
        for (const auto& [id, known] : tenants.at(tenant).locations)
            if (known == name)
                return id;
        throw Error(Refusal::NotFound, "there is no location " + name);
    }

    std::string locationName(Id tenant, Id location) const
    {
        for (const auto& [id, known] : tenants.at(tenant).locations)
            if (id == location)
                return known;
        return {};
    }

    Recipe recipe(Id tenant, Id variant) const
    {
        const auto& recipes = tenants.at(tenant).recipes;
        Recipe recipe;
        if (const auto found = recipes.find(variant); found != recipes.end())
            for (const auto& component : found->second)
                recipe.push_back({component.variant, component.quantity});
        else
            recipe.push_back({variant, 1});
        return recipe;
    }
};

namespace
{

/// What callers hold is in the movements of stock, with who and why; the audit log has what people
/// change by hand.
std::optional<std::vector<store::Difference>> described(const StockCommand& command,
                                                        const StockResult& result)
{
    const auto* adjust = std::get_if<Adjust>(&command.what);
    if (adjust == nullptr || result.repeated)
        return std::nullopt;
    store::Difference difference(adjust->sku);
    difference.told("location", adjust->location).told("kind", name(adjust->kind));
    if (adjust->onHand != 0 || adjust->kind == MovementKind::Count)
        difference.told(adjust->kind == MovementKind::Count ? "counted" : "on_hand",
                        adjust->onHand);
    if (adjust->reservedByHand != 0)
        difference.told("reserved", adjust->reservedByHand);
    difference.maybe("reason", adjust->reason);
    return std::vector{difference};
}

} // namespace

StockCommands::StockCommands(store::Writer& writer, Ledger& ledger,
                             const catalog::Variants& variants, const catalog::Bundles& bundles,
                             IdGenerator& ids, const Clock& clock)
    : _ledger(ledger), _variants(variants), _bundles(bundles), _ids(ids), _clock(clock),
      _batcher(writer, [this](store::Tx& tx, std::span<const StockCommand> commands) {
          return apply(tx, commands);
      })
{
    _batcher.describeBy(described);
    _batcher.servedBy([](const StockCommand& command) { return command.scope.tenant; });
    writer.join(_batcher);
}

void StockCommands::submit(StockCommand command,
                           std::function<void(store::Outcome<StockResult>)> done)
{
    check(command);
    _batcher.submit(std::move(command), std::move(done));
}

StockResult StockCommands::run(StockCommand command)
{
    check(command);
    return _batcher.call(std::move(command));
}

StockResult StockCommands::run(store::Tx& tx, const StockCommand& command)
{
    check(command);
    return apply(tx, {&command, 1}).front().value();
}

int StockCommands::expire(store::Database& database)
{
    std::vector<StockCommand> due;
    database.point([&](store::Session& session) {
        due.clear();
        session.query(selectExpired, {_clock.now(), expireMax}, [&](const store::Row& row) {
            due.push_back({.scope = {row.integer(1), "hub"},
                           .idempotencyKey = {},
                           .cause = "expired",
                           .what = EndReservation{row.integer(2), HoldState::Expired}});
        });
    });
    if (due.empty())
        return 0;
    const auto outcomes = _batcher.callAll(std::move(due));
    return static_cast<int>(
        std::ranges::count_if(outcomes, [](const auto& each) { return each.ok(); }));
}

StockCommands::Names StockCommands::namesFor(store::Tx& tx,
                                             std::span<const StockCommand> commands) const
{
    std::map<Id, std::vector<std::string>> skus;
    for (const StockCommand& command : commands) {
        auto& wanted = skus[command.scope.tenant];
        if (const auto* reserve = std::get_if<Reserve>(&command.what))
            wanted.push_back(reserve->sku);
        else if (const auto* adjust = std::get_if<Adjust>(&command.what))
            wanted.push_back(adjust->sku);
    }
    Names names;
    for (auto& [tenant, wanted] : skus) {
        std::ranges::sort(wanted);
        wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());
        auto& known = names.tenants[tenant];
        if (!wanted.empty())
            known.variants = _variants.idsOf(tx, tenant, wanted);
        std::vector<Id> ids;
        for (const auto& [sku, id] : known.variants) {
            ids.push_back(id);
            known.skus[id] = sku;
        }
        if (!ids.empty())
            known.recipes = _bundles.recipesOf(tx, tenant, ids);
        tx.query(selectLocations, {tenant}, [&known](const store::Row& row) {
            known.locations.emplace_back(row.integer(0), row.string(1));
        });
    }
    return names;
}

StockRequest StockCommands::requestFor(const StockCommand& command, const Names& names,
                                       Id owner) const
{
    const Id tenant = command.scope.tenant;
    const Cause cause{command.cause, command.scope.actor, {}};
    if (const auto* end = std::get_if<EndReservation>(&command.what))
        return EndRequest{tenant, end->reservation, end->how, cause};

    ReserveRequest hold;
    hold.tenant = tenant;
    hold.owner = owner;
    hold.cause = cause;
    if (const auto* reserve = std::get_if<Reserve>(&command.what)) {
        hold.subject = names.variant(tenant, reserve->sku);
        hold.name = reserve->sku;
        hold.recipe = names.recipe(tenant, hold.subject);
        hold.quantity = reserve->quantity;
        hold.reference = reserve->reference;
        if (reserve->expiresIn)
            hold.expiresAt = _clock.now() + *reserve->expiresIn;
        if (!reserve->location.empty())
            hold.locations.push_back(names.location(tenant, reserve->location));
        else
            for (const auto& [id, name] : names.tenants.at(tenant).locations)
                hold.locations.push_back(id);
        return hold;
    }

    const auto& adjust = std::get<Adjust>(command.what);
    const Id variant = names.variant(tenant, adjust.sku);
    const Id location = names.location(tenant, adjust.location);
    if (names.tenants.at(tenant).recipes.contains(variant))
        throw Error(Refusal::Unprocessable,
                    adjust.sku + " is a bundle: it has no stock of its own, its components have");
    Cause because = cause;
    because.reason = adjust.reason;
    const AdjustRequest onHand{tenant,      variant,       location, adjust.sku,
                               adjust.kind, adjust.onHand, because};
    if (adjust.reservedByHand == 0)
        return onHand;
    Together both;
    both.parts.emplace_back(onHand);
    if (adjust.reservedByHand > 0) {
        hold.subject = variant;
        hold.name = adjust.sku;
        hold.recipe = {{variant, 1}};
        hold.quantity = adjust.reservedByHand;
        hold.locations = {location};
        hold.kind = OwnerKind::Hand;
        hold.cause = because;
        both.parts.emplace_back(std::move(hold));
    } else
        both.parts.emplace_back(
            HandRelease{tenant, variant, location, adjust.sku, -adjust.reservedByHand, because});
    return both;
}

Reservation StockCommands::reservationFrom(std::span<const Hold> holds, const Names& names) const
{
    const Hold& first = holds.front();
    const auto& skus = names.tenants.at(first.tenant).skus;
    const auto sku = [&skus](Id variant) {
        const auto found = skus.find(variant);
        return found == skus.end() ? std::string() : found->second;
    };
    Reservation shown{.id = first.owner,
                      .sku = sku(first.subject),
                      .quantity = first.asked,
                      .state = first.state,
                      .kind = first.kind,
                      .reference = first.reference,
                      .actor = first.actor,
                      .expiresAt = first.expiresAt,
                      .createdAt = first.createdAt,
                      .holds = {}};
    for (const Hold& hold : holds)
        shown.holds.push_back(
            {names.locationName(hold.tenant, hold.location), hold.quantity, sku(hold.variant)});
    return shown;
}

std::vector<store::Outcome<StockResult>>
StockCommands::apply(store::Tx& tx, std::span<const StockCommand> commands)
{
    Names names = namesFor(tx, commands);

    // Keys that were answered before, and the first of each key in this batch.
    struct Known
    {
        std::string request;
        Id owner = 0;
        std::size_t step = SIZE_MAX; // of this batch
    };
    std::map<std::pair<Id, std::string>, Known> known;
    store::RowSet keys(2);
    for (const StockCommand& command : commands)
        if (!command.idempotencyKey.empty())
            keys.add({command.scope.tenant, command.idempotencyKey});
    for (const auto& [key, answer] : store::AnsweredKeys::find(tx, keys))
        known[key] = {answer.request, answer.owner, SIZE_MAX};

    struct Step
    {
        Id owner = 0;
        std::size_t request = SIZE_MAX;
        std::exception_ptr refusal;
        bool repeated = false;
        std::size_t first = SIZE_MAX; // the step whose key it repeats
    };
    std::vector<Step> steps;
    std::vector<StockRequest> requests;
    for (const StockCommand& command : commands) {
        Step step;
        step.owner = _ids.next();
        try {
            if (!command.idempotencyKey.empty()) {
                const auto [at, added] =
                    known.try_emplace({command.scope.tenant, command.idempotencyKey},
                                      fingerprint(command), step.owner, steps.size());
                if (!added) {
                    if (at->second.request != fingerprint(command))
                        throw Error(Refusal::Unprocessable, "Idempotency-Key " +
                                                                command.idempotencyKey +
                                                                " was used for another request");
                    step.owner = at->second.owner;
                    step.first = at->second.step;
                    step.repeated = true;
                }
            }
            if (!step.repeated || std::holds_alternative<Adjust>(command.what)) {
                requests.push_back(
                    requestFor(step.repeated ? readOf(command) : command, names, step.owner));
                step.request = requests.size() - 1;
            }
        } catch (const Error&) {
            step.refusal = std::current_exception();
        }
        steps.push_back(std::move(step));
    }

    const Ledger::Settled settled = _ledger.settle(tx, requests);
    std::vector<std::vector<Hold>> shown(commands.size());
    for (std::size_t i = 0; i < commands.size(); ++i)
        if (!steps[i].refusal && !std::holds_alternative<Adjust>(commands[i].what))
            shown[i] = holdsFor(tx, commands[i], settled.book, steps[i].owner);
    nameVariants(tx, shown, names);

    std::vector<store::Outcome<StockResult>> outcomes;
    store::RowSet answered(5);
    for (std::size_t i = 0; i < commands.size(); ++i) {
        Step& step = steps[i];
        if (!step.refusal && step.request != SIZE_MAX)
            step.refusal = settled.refusals[step.request];
        if (step.first != SIZE_MAX)
            step.refusal = steps[step.first].refusal;
        if (step.refusal) {
            outcomes.emplace_back(step.refusal);
            continue;
        }
        if (!commands[i].idempotencyKey.empty() && !step.repeated)
            answered.add({commands[i].scope.tenant, commands[i].idempotencyKey,
                          answered.keep(fingerprint(commands[i])), step.owner, _clock.now()});
        outcomes.emplace_back(resultFor(commands[i], settled.book, names, shown[i], step.repeated));
    }
    store::AnsweredKeys::keep(tx, answered);
    return outcomes;
}

/// A reservation's holds as they stand now; one that was answered in an earlier batch is read.
std::vector<Hold> StockCommands::holdsFor(store::Tx& tx, const StockCommand& command,
                                          const Book& book, Id owner)
{
    const Id tenant = command.scope.tenant;
    if (const auto* end = std::get_if<EndReservation>(&command.what))
        owner = end->reservation;
    std::vector<Hold> holds;
    for (const Hold* hold : book.holdsOf(tenant, owner))
        holds.push_back(*hold);
    if (holds.empty())
        tx.query(selectReservation, {tenant, owner}, [&](const store::Row& row) {
            holds.push_back({.tenant = tenant,
                             .owner = row.integer(0),
                             .variant = row.integer(1),
                             .location = row.integer(2),
                             .kind = static_cast<OwnerKind>(row.integer(3)),
                             .quantity = row.integer(4),
                             .subject = row.integer(5),
                             .asked = row.integer(6),
                             .state = static_cast<HoldState>(row.integer(7)),
                             .reference = row.string(8),
                             .actor = row.string(9),
                             .expiresAt = row.maybeTime(10),
                             .createdAt = row.time(11)});
        });
    return holds;
}

/// Components of bundles, and what a reservation that ends was for, are known by id only: looked up
/// once for the batch.
void StockCommands::nameVariants(store::Tx& tx, std::span<const std::vector<Hold>> shown,
                                 Names& names) const
{
    std::map<Id, std::vector<Id>> unknown;
    for (const auto& holds : shown)
        for (const Hold& hold : holds)
            for (const Id variant : {hold.subject, hold.variant})
                if (!names.tenants.at(hold.tenant).skus.contains(variant))
                    unknown[hold.tenant].push_back(variant);
    for (auto& [tenant, ids] : unknown) {
        std::ranges::sort(ids);
        ids.erase(std::ranges::unique(ids).begin(), ids.end());
        for (auto& [id, sku] : _variants.skusOf(tx, tenant, ids))
            names.tenants.at(tenant).skus[id] = sku;
    }
}

StockResult StockCommands::resultFor(const StockCommand& command, const Book& book,
                                     const Names& names, std::span<const Hold> holds,
                                     bool repeated) const
{
    const Id tenant = command.scope.tenant;
    StockResult result;
    result.repeated = repeated;
    if (const auto* adjust = std::get_if<Adjust>(&command.what)) {
        result.sku = adjust->sku;
        result.location = adjust->location;
        const Level* level = book.level(
            {tenant, names.variant(tenant, adjust->sku), names.location(tenant, adjust->location)});
        result.level = level == nullptr ? Level{} : *level;
    } else if (!holds.empty())
        result.reservation = reservationFrom(holds, names);
    return result;
}

} // namespace spokehub::stock
