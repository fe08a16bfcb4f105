#pragma once

#include "stock/AvailabilityReader.h"
#include "support/TestStore.h"
#include "sync/Lane.h"

namespace spokehub::test
{

/// The lane of the channel "shop", whose one listing shows five of LEG-S, and what its tests say.
/// The streams have been read once and showed nothing.
class TestLane
{
public:
    TestLane();

    TestStore store;
    FakeSpoke& spoke() { return store.spoke(store.shop()); }
    sync::Lane& lane() { return *_lane; }

    /// Turns until there is nothing to do.
    void run();
    void later(std::chrono::microseconds span) { store.clock.advance(span); }

    void adjust(std::int64_t units);
    void observe(std::int64_t quantity);
    void resume();
    void manyListings(int count);
    void zeroAll(int count);
    /// The store takes everything but this order.
    void refuseOrder(const std::string& externalId);
    void refuseToSettle(bool refused);

    // Of the last item pushed.
    std::int64_t numberPushed(const char* member);
    std::int64_t quantityPushed() { return numberPushed("quantity"); }
    std::string textPushed(const char* member);

private:
    std::string itemPushed();

    stock::AvailabilityReader _reader{store.bundles};
    std::optional<sync::Lane> _lane;
};

} // namespace spokehub::test
