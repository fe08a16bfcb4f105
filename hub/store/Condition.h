#pragma once

#include "store/Session.h"

#include <functional>
#include <memory>
#include <type_traits>

namespace spokehub::store
{

/// What a caller found before he asked for a change: it has to be so still when the change is made.
/// A copy is the same condition.
class Condition
{
public:
    /// Throws Error when it is not so. Reads by Database::read() and point() alone.
    using Check = std::function<void()>;

    Condition() = default; // none
    explicit Condition(Check check) : _check(std::make_shared<const Check>(std::move(check))) {}

    explicit operator bool() const { return _check != nullptr; }

    /// Runs `work` if it is so. Looked at in the transaction, so that of two changes in one batch
    /// the second sees the first. Where another hub may write too, it is looked at once more
    /// outside: the work holds its rows by then, so what is committed is what it changes.
    template <class Work>
    auto run(Tx& tx, const Work& work) const -> std::invoke_result_t<Work, Tx&>
    {
        if (!*this)
            return work(tx);
        checkWithin(tx);
        if constexpr (std::is_void_v<std::invoke_result_t<Work, Tx&>>) {
            work(tx);
            checkBeside(tx);
        } else {
            auto result = work(tx);
            checkBeside(tx);
            return result;
        }
    }

    /// The one that this thread holds, which it does not any more: the next change is made
    /// under it, and no other.
    static Condition take();

private:
    void checkWithin(Tx& tx) const;
    void checkBeside(Tx& tx) const;

    std::shared_ptr<const Check> _check;
};

/// This thread holds a condition until this goes out of scope or somebody takes it.
class Holding
{
public:
    explicit Holding(Condition condition);
    ~Holding();
    Holding(const Holding&) = delete;
    Holding& operator=(const Holding&) = delete;

private:
    Condition _before;
};

/// What this thread reads of the database it reads in this transaction, until this goes out of
/// scope.
class ReadingIn
{
public:
    explicit ReadingIn(Session& session);
    ~ReadingIn();
    ReadingIn(const ReadingIn&) = delete;
    ReadingIn& operator=(const ReadingIn&) = delete;

    /// Null: reads go to a reader of their own.
    static Session* current();

private:
    Session* _before;
};

} // namespace spokehub::store
