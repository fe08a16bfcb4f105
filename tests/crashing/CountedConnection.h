#pragma once

#include "crashing/StoreCalls.h"
#include "store/Connection.h"

namespace spokehub::test
{

/// A session whose calls are counted before they are made, and a COMMIT once more after it.
class CountedConnection final : public store::Connection
{
public:
    CountedConnection(std::unique_ptr<store::Connection> real, StoreCalls& calls)
        : _real(std::move(real)), _calls(calls)
    {
    }

    store::Engine engine() const override { return _real->engine(); }
    std::int64_t run(const store::Sql& sql, std::span<const store::Param> params,
                     const store::RowVisitor* visit) override;
    std::int64_t runRows(const store::Sql& sql, const store::RowSet& rows,
                         const store::RowVisitor* visit) override;
    void write(const store::Sql& sql, std::span<const store::Param> params) override;
    void writeRows(const store::Sql& sql, const store::RowSet& rows) override;
    std::int64_t runText(const std::string& sql, std::span<const store::Param> params,
                         const store::RowVisitor* visit) override;
    void begin(bool readOnly) override;
    void serve(std::string_view tenants) override { _real->serve(tenants); }
    void commit() override;
    void rollback() noexcept override;
    bool broken() const override { return _real->broken(); }

private:
    std::unique_ptr<store::Connection> _real;
    StoreCalls& _calls;
};

} // namespace spokehub::test
