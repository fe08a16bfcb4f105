#pragma once

#include "Load.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace spokehub::bench
{

/// What the shop sells: a variant as its orders name it.
struct Ware
{
    std::string sku;
    std::int64_t variant = 0;
    std::int64_t product = 0;
};

/// Which two wares order `number` is for.
enum class Spread
{
    AtRandom,
    InTurn
};

/// Signed orders/create webhooks of two lines, each different, made as they are sent: the part that
/// all have in common is signed once.
class SignedOrders
{
public:
    /// `first` numbers the orders of this run, so that runs on one database differ.
    SignedOrders(std::string shop, const std::string& secret, std::vector<Ware> wares,
                 Spread spread, std::int64_t first = 0);
    ~SignedOrders();

    void fill(std::uint64_t number, Outgoing& out) const;
    /// The SKU of the order's first line.
    const std::string& firstSku(std::uint64_t number) const;

private:
    struct Signature;

    std::pair<std::size_t, std::size_t> choice(std::uint64_t number) const;

    const std::string _shop;
    const std::vector<Ware> _wares;
    const Spread _spread;
    const std::int64_t _first;
    std::string _shared; // of the body: all but the ids and the lines
    std::string _line;   // of a line: all but the ids and the SKU
    std::unique_ptr<Signature> _signature;
};

} // namespace spokehub::bench
