#include "store/Wall.h"

#include "core/Error.h"
#include "store/Connection.h"
#include "store/Serving.h"

namespace spokehub::store
{

namespace
{

// Two hubs may start at once, and roles belong to the server, not to the database.
constexpr const char* makeRole = R"(
    DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'spokehub_app') THEN
            CREATE ROLE spokehub_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$)";

constexpr const char* joinRole = R"(
    DO $$ BEGIN
        IF NOT pg_has_role(current_user, 'spokehub_app', 'MEMBER') THEN
            EXECUTE format('GRANT spokehub_app TO %I', current_user);
        END IF;
    EXCEPTION WHEN unique_violation THEN NULL;
    END $$)";

// The log of deeds is read, added to and sealed, and never cleared.
constexpr const char* grantTables = R"(
    DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(7316041);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO spokehub_app', current_schema());
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO spokehub_app', current_schema());
        REVOKE DELETE ON audit_entry, audit_chain FROM spokehub_app;
    END $$)";

// What workers find and settle for everybody; all else needs to be told whose it is. A transaction
// may serve a worker and tenants beside it, so "all" is one of the list. A policy of before, which
// took "all" for the whole of it, is replaced.
constexpr const char* makePolicies = R"(
    DO $$ DECLARE
        each RECORD;
        own TEXT;
    BEGIN
        PERFORM pg_advisory_xact_lock(7316041);
        FOR each IN
            SELECT c.relname AS name, c.relrowsecurity AS secured, a.attname AS key,
                   EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_wall'
                           AND pg_get_expr(p.polqual, p.polrelid) LIKE '%array_remove%') AS walled
            FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
                               AND a.attname = CASE WHEN c.relname = 'tenant' THEN 'id' ELSE 'tenant_id' END
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
        LOOP
            IF NOT each.secured THEN
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each.name);
            END IF;
            IF NOT each.walled THEN
                own := format('%I = ANY ((SELECT array_remove(string_to_array(current_setting(''spokehub.tenants'', true), '',''), ''all'')::bigint[])::bigint[])', each.key);
                IF each.name IN ('tenant', 'inbox_message', 'inbox_body', 'reservation', 'user_session', 'session_secret',
                                 'audit_entry', 'audit_chain', 'idempotency_key', 'answered_request', 'sealed_secret',
                                 'privacy_request', 'identity_provider', 'channel_secret') THEN
                    own := own || ' OR (SELECT ''all'' = ANY (string_to_array(current_setting(''spokehub.tenants'', true), '','')))';
                END IF;
                EXECUTE format('DROP POLICY IF EXISTS tenant_wall ON %I', each.name);
                EXECUTE format('CREATE POLICY tenant_wall ON %I TO spokehub_app USING (%s)', each.name, own);
            END IF;
        END LOOP;
    END $$)";

constexpr Sql selectSelf{R"(
    SELECT CASE WHEN current_user = 'spokehub_app' THEN 1 ELSE 0 END, CASE WHEN r.rolsuper OR r.rolbypassrls THEN 1 ELSE 0 END
    FROM pg_roles r WHERE r.rolname = current_user)"};

constexpr Sql selectOpenTables{R"(
    SELECT CAST(c.relname AS TEXT) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attname = 'tenant_id'
    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p')
      AND (NOT c.relrowsecurity OR pg_has_role(current_user, c.relowner, 'MEMBER')
           OR NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))
    ORDER BY 1)"};

// The first migration makes one: who sees it while nobody is served has walked through the wall.
constexpr Sql probe{"SELECT 1 FROM location LIMIT 1"};

} // namespace

void Wall::raise()
{
    const auto connection = _database.connectAsOwner();
    try {
        for (const char* statement : {makeRole, joinRole, grantTables, makePolicies})
            connection->runText(statement, {}, nullptr);
    } catch (const StoreError& error) {
        throw Error(Refusal::Unavailable,
                    std::string("row-level security cannot be set up (") + error.what() +
                        "): let an administrator of the server run CREATE ROLE " + role +
                        " and GRANT " + role + " to the user of database.url");
    }
}

std::vector<std::string> Wall::gaps()
{
    std::vector<std::string> gaps;
    const Serving serving(Serving::nobody);
    _database.read([&](Session& session) {
        gaps.clear();
        session.query(selectSelf, {}, [&](const Row& row) {
            if (!row.boolean(0))
                gaps.push_back("the hub's sessions do not have the role " + std::string(role));
            if (row.boolean(1))
                gaps.emplace_back("the role of the hub's sessions bypasses row-level security");
        });
        session.query(selectOpenTables, {}, [&](const Row& row) {
            gaps.push_back("table " + row.string(0) + " is not walled off, or is the role's own");
        });
        session.query(probe, {}, [&](const Row&) {
            gaps.emplace_back("rows are shown to a session that serves nobody");
        });
    });
    return gaps;
}

} // namespace spokehub::store
