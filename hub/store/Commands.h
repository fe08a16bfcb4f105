#pragma once

#include "store/Batcher.h"
#include "store/Condition.h"

#include <functional>
#include <optional>
#include <type_traits>
#include <vector>

namespace spokehub::store
{

/// Writes that are not worth a Batcher of their own: a piece of work in the next transaction,
/// beside whatever else waits. A refusal (Error) undoes that work alone. Work may run more than
/// once before it is committed, so it keeps no state outside of what it returns. A condition that
/// the thread holds (Condition) is looked at with the first piece of work that it hands over.
class Commands
{
public:
    using Work = std::function<void(Tx&)>;

    explicit Commands(Writer& writer)
        : _batcher(writer, [](Tx& tx, std::span<const Work> works) { return apply(tx, works); })
    {
        _batcher.describeBy([](const Work&, Changes& changes) { return std::optional(changes); });
        writer.join(_batcher);
    }

    /// Returns what the work returned, after the commit; throws what it threw. Not on the writer's
    /// thread.
    template <class Function>
    auto run(Function work) -> std::invoke_result_t<Function, Tx&>
    {
        using Result = std::invoke_result_t<Function, Tx&>;
        const Condition condition = Condition::take();
        if constexpr (std::is_void_v<Result>)
            _batcher.call([condition, work = std::move(work)](Tx& tx) { condition.run(tx, work); });
        else {
            const auto result = std::make_shared<std::optional<Result>>();
            _batcher.call([condition, work = std::move(work), result](Tx& tx) {
                result->emplace(condition.run(tx, work));
            });
            return std::move(result->value());
        }
    }

    /// The same without waiting; `done` runs on the writer's thread.
    void submit(Work work, std::function<void(std::exception_ptr)> done)
    {
        _batcher.submit(std::move(work), [done = std::move(done)](Outcome<Changes> outcome) {
            done(outcome.why());
        });
    }

private:
    using Changes = std::vector<Difference>; // that a work noted

    static std::vector<Outcome<Changes>> apply(Tx& tx, std::span<const Work> works);

    Batcher<Work, Changes> _batcher;
};

} // namespace spokehub::store
