#include "crashing/CountedConnection.h"

#include "store/PostgresConnection.h"
#include "store/SqliteConnection.h"

#include <cstdlib>
#include <stdexcept>

namespace spokehub::test
{

std::int64_t CountedConnection::run(const store::Sql& sql, std::span<const store::Param> params,
                                    const store::RowVisitor* visit)
{
    _calls.next();
    return _real->run(sql, params, visit);
}

std::int64_t CountedConnection::runRows(const store::Sql& sql, const store::RowSet& rows,
                                        const store::RowVisitor* visit)
{
    _calls.next();
    return _real->runRows(sql, rows, visit);
}

void CountedConnection::write(const store::Sql& sql, std::span<const store::Param> params)
{
    _calls.next();
    _real->write(sql, params);
}

void CountedConnection::writeRows(const store::Sql& sql, const store::RowSet& rows)
{
    _calls.next();
    _real->writeRows(sql, rows);
}

std::int64_t CountedConnection::runText(const std::string& sql,
                                        std::span<const store::Param> params,
                                        const store::RowVisitor* visit)
{
    _calls.next();
    return _real->runText(sql, params, visit);
}

void CountedConnection::begin(bool readOnly)
{
    _calls.next();
    _real->begin(readOnly);
}

void CountedConnection::commit()
{
    _calls.next();
    _real->commit();
    _calls.next(); // it is durable, and nobody knows
}

void CountedConnection::rollback() noexcept
{
    _calls.next();
    _real->rollback();
}

} // namespace spokehub::test

// The linker gives this to everybody who opens a session (--wrap in CMakeLists.txt), and the real
// ones to us.
#define SPOKEHUB_TEXT "RKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
#define SPOKEHUB_SQLITE                                                                            \
    "_ZN8spokehub5store10openSqliteE" SPOKEHUB_TEXT "bSt10shared_ptrINS0_12CheckpointerEE"
#define SPOKEHUB_POSTGRES                                                                          \
    "_ZN8spokehub5store12openPostgresE" SPOKEHUB_TEXT "RKNS0_15PostgresOptionsE"

namespace spokehub::store
{

std::unique_ptr<Connection>
realSqlite(const std::string& file, bool readOnly,
           std::shared_ptr<Checkpointer> checkpointer) __asm__("__real_" SPOKEHUB_SQLITE);
std::unique_ptr<Connection>
countedSqlite(const std::string& file, bool readOnly,
              std::shared_ptr<Checkpointer> checkpointer) __asm__("__wrap_" SPOKEHUB_SQLITE);
std::unique_ptr<Connection>
realPostgres(const std::string& conninfo,
             const PostgresOptions& options) __asm__("__real_" SPOKEHUB_POSTGRES);
std::unique_ptr<Connection>
countedPostgres(const std::string& conninfo,
                const PostgresOptions& options) __asm__("__wrap_" SPOKEHUB_POSTGRES);

namespace
{

std::string fileOfCalls()
{
    const char* const file = std::getenv(test::StoreCalls::variable);
    if (file == nullptr)
        throw std::runtime_error(std::string(test::StoreCalls::variable) + " names no file");
    return file;
}

std::unique_ptr<Connection> counted(std::unique_ptr<Connection> real)
{
    static test::StoreCalls calls(fileOfCalls());
    return std::make_unique<test::CountedConnection>(std::move(real), calls);
}

} // namespace

std::unique_ptr<Connection> countedSqlite(const std::string& file, bool readOnly,
                                          std::shared_ptr<Checkpointer> checkpointer)
{
    return counted(realSqlite(file, readOnly, std::move(checkpointer)));
}

std::unique_ptr<Connection> countedPostgres(const std::string& conninfo,
                                            const PostgresOptions& options)
{
    return counted(realPostgres(conninfo, options));
}

} // namespace spokehub::store
