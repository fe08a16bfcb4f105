#include "store/Commands.h"

#include "store/Savepoint.h"

namespace spokehub::store
{

std::vector<Outcome<Commands::Changes>> Commands::apply(Tx& tx, std::span<const Work> works)
{
    std::vector<Outcome<Changes>> outcomes;
    for (const Work& work : works) {
        tx.takeNoted(); // of what ran before
        Savepoint part(tx);
        try {
            work(tx);
            part.keep();
            outcomes.emplace_back(tx.takeNoted());
        } catch (const Error&) {
            part.undo();
            outcomes.emplace_back(std::current_exception());
        }
    }
    return outcomes;
}

} // namespace spokehub::store
