#pragma once

#include "catalog/Bundles.h"
#include "orders/OrderRulesOfChannels.h"
#include "stock/Exceptions.h"
#include "stock/Ledger.h"

#include <set>
#include <span>
#include <vector>

namespace spokehub::orders
{

/// What one unit of a line takes off the shelf: the variant itself, or the components of a bundle.
stock::Recipe recipeOf(const catalog::Recipes& recipes, Id variant, Quantity unitsPerSale);

/// The lines of orders as the ledger asks for them. Of order_line it writes `short` alone.
class OrderLines final : public stock::Lines
{
public:
    OrderLines(IdGenerator& ids, const Clock& clock, const OrderRulesOfChannels& rules,
               const catalog::Bundles& bundles)
        : _rules(rules), _bundles(bundles), _exceptions(ids, clock)
    {
    }

    std::vector<stock::Line> shortOf(store::Tx& tx, const Variants& variants) override;
    std::vector<stock::Line> byKey(store::Tx& tx, const std::set<Key>& keys) override;
    void saveShortages(store::Tx& tx, std::span<const stock::Line* const> lines) override;

private:
    std::vector<stock::Line> linesFrom(store::Tx& tx, const store::Sql& sql,
                                       const store::RowSet& rows);

    const OrderRulesOfChannels& _rules;
    const catalog::Bundles& _bundles;
    stock::Exceptions _exceptions;
};

} // namespace spokehub::orders
