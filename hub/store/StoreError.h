#pragma once

#include <stdexcept>
#include <string>

namespace spokehub::store
{

/// What a failure of the database means for the caller, from SQLSTATE and SQLite's extended codes.
enum class Failure
{
    Unique,         // a unique key or primary key stands in the way
    Check,          // a CHECK, NOT NULL or foreign key, or a trigger's refusal
    Conflict,       // serialization failure or deadlock: repeat the whole transaction
    Busy,           // locked or out of connections for too long
    ConnectionLost, // before COMMIT: nothing happened
    UnknownOutcome, // COMMIT failed: it may or may not have happened
    Full,           // no room on the disk
    ReadOnly,       // the database takes no writes
    Corrupt,
    Other, // a mistake in the statement: a bug
};

const char* name(Failure failure);

class StoreError : public std::runtime_error
{
public:
    StoreError(Failure failure, std::string code, const std::string& message)
        : std::runtime_error(message), _failure(failure), _code(std::move(code))
    {
    }

    Failure failure() const { return _failure; }
    const std::string& code() const
    {
        return _code;
    } // SQLSTATE, or SQLite's extended code as a number

    /// The session it happened on must not be used again.
    bool breaksSession() const
    {
        return _failure == Failure::ConnectionLost || _failure == Failure::UnknownOutcome ||
               _failure == Failure::Corrupt;
    }

private:
    Failure _failure;
    std::string _code;
};

} // namespace spokehub::store
