#include "store/Commands.h"

namespace spokehub::store
{

namespace
{

constexpr Sql savepoint = {"SAVEPOINT command"};
constexpr Sql release = {"RELEASE SAVEPOINT command"};
constexpr Sql rollback = {"ROLLBACK TO SAVEPOINT command"};

} // namespace

std::vector<Outcome<Commands::Changes>> Commands::apply(Tx& tx, std::span<const Work> works)
{
    std::vector<Outcome<Changes>> outcomes;
    for (const Work& work : works) {
        tx.takeNoted(); // of what ran before
        tx.write(savepoint, {});
        try {
            work(tx);
            tx.write(release, {});
            outcomes.emplace_back(tx.takeNoted());
        } catch (const Error&) {
            tx.write(rollback, {});
            tx.write(release, {});
            outcomes.emplace_back(std::current_exception());
        }
    }
    return outcomes;
}

} // namespace spokehub::store
