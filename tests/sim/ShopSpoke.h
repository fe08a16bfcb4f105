#pragma once

#include "sim/Shop.h"
#include "spokes/Spoke.h"

#include "core/Json.h"

namespace spokehub::sim
{

/// The spoke of a simulated shop, on a network that is slow, fails, and loses answers. While a call
/// is on its way the world goes on.
class ShopSpoke final : public spokes::Spoke
{
public:
    /// `pass` lets this much time go by, and all that happens in it; false: the hub died meanwhile.
    using Pass = std::function<bool(std::chrono::microseconds)>;

    ShopSpoke(World& world, Shop& shop, const Clock& clock, Pass pass)
        : _world(world), _shop(shop), _clock(clock), _pass(std::move(pass))
    {
    }

    spokes::Accepted accept(const spokes::WebhookRequest& request) const override;
    spokes::Answer translate(const spokes::StoredMessage& message) const override;
    spokes::Answer check(const spokes::Call&) override { return {}; }
    spokes::Verdict pull(const spokes::Call& call, std::string_view stream,
                         std::string_view request, const spokes::DocumentSink& sink) override;
    spokes::Answer push(const spokes::Call& call, std::string_view batch) override;
    spokes::Answer subscribe(const spokes::Call&, std::string_view) override { return {}; }

private:
    /// How a call ends before it reached the shop; nothing when it gets there.
    std::optional<spokes::Verdict> turnedAway();
    std::chrono::microseconds latency();
    spokes::Verdict pullOrders(Json request, const spokes::DocumentSink& sink);
    bool give(const ShopOrder& order, const spokes::DocumentSink& sink) const;
    bool giveQuantities(std::string_view stream, const spokes::DocumentSink& sink) const;

    /// The answer for one item, as JSON without its braces.
    std::string apply(Json item, std::string_view kind);
    std::string setStock(const std::string& id, std::int64_t quantity,
                         std::optional<std::int64_t> expected);
    std::string ship(Json item);
    void applyLate(Json item);

    World& _world;
    Shop& _shop;
    const Clock& _clock;
    Pass _pass;
};

} // namespace spokehub::sim
