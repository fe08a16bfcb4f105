#pragma once

#include "Store.h"

#include <chrono>
#include <string>
#include <vector>

namespace spokehub::bench
{

/// What the database does without a hub: the same rows into the same tables.
struct Ceiling
{
    std::string what;
    double perSecond = 0;
};

/// Tables as the hub migrated them, in a database of their own; each call lasts `time`. What cannot
/// be measured here (pgbench is not installed) is missing in the answer and said on standard error.
class Ceilings
{
public:
    virtual ~Ceilings() = default;

    virtual std::vector<Ceiling> intake(std::chrono::milliseconds time) = 0;
    virtual std::vector<Ceiling> orders(std::chrono::milliseconds time) = 0;
    virtual std::vector<Ceiling> reservations(std::chrono::milliseconds time) = 0;
    virtual std::vector<Ceiling> counts(std::chrono::milliseconds time) = 0;
};

std::unique_ptr<Ceilings> ceilingsOf(const Store& store);

// One text for both engines: named parameters, as SQLite and pgbench know them.
namespace statements
{

inline constexpr int bodyBytes = 6800;
inline constexpr int wares = 1000; // variants 1 to this, with a level each

extern const std::vector<std::string> prepare;     // fills variants and levels
extern const std::vector<std::string> message;     // :id: a message and its body
extern const std::vector<std::string> order;       // :id, :a, :b: all rows of one order
extern const std::vector<std::string> reservation; // :id
extern const std::vector<std::string> count;       // :id, :a: a level set, and its movement

} // namespace statements

std::unique_ptr<Ceilings> sqliteCeilings(const Store& store);
std::unique_ptr<Ceilings> postgresCeilings(const Store& store);

} // namespace spokehub::bench
