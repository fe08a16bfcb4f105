-- Who did what. A line is never changed or removed; its number and hash come a moment later, once. hash: over the line and
-- the hash before it (access/Audit).

CREATE TABLE audit_entry (
    tenant_id   BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    via         TEXT   NOT NULL,
    subject     TEXT   NOT NULL DEFAULT '',
    address     TEXT   NOT NULL DEFAULT '',
    request_id  TEXT   NOT NULL DEFAULT '',
    difference  TEXT   NOT NULL DEFAULT '{}',
    number      BIGINT,
    hash        TEXT,
    PRIMARY KEY (tenant_id, id),
    CHECK ((number IS NULL) = (hash IS NULL))
);
CREATE UNIQUE INDEX audit_entry_number ON audit_entry (tenant_id, number) WHERE number IS NOT NULL;
CREATE INDEX audit_entry_unsealed ON audit_entry (tenant_id, id) WHERE number IS NULL;
CREATE INDEX audit_entry_actor ON audit_entry (tenant_id, actor, id);
CREATE INDEX audit_entry_subject ON audit_entry (tenant_id, subject, id);

-- Where a tenant's chain ends.
CREATE TABLE audit_chain (
    tenant_id  BIGINT NOT NULL PRIMARY KEY,
    number     BIGINT NOT NULL,
    hash       TEXT   NOT NULL
);

{postgres:
CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.number IS NULL AND OLD.hash IS NULL
       AND (NEW.tenant_id, NEW.id, NEW.at, NEW.actor, NEW.action, NEW.via, NEW.subject, NEW.address, NEW.request_id, NEW.difference)
         = (OLD.tenant_id, OLD.id, OLD.at, OLD.actor, OLD.action, OLD.via, OLD.subject, OLD.address, OLD.request_id, OLD.difference) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_stays();
CREATE FUNCTION audit_is_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_is_not_emptied();
}
{sqlite:
CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry FOR EACH ROW
    WHEN OLD.number IS NOT NULL OR OLD.hash IS NOT NULL
         OR (NEW.tenant_id, NEW.id, NEW.at, NEW.actor, NEW.action, NEW.via, NEW.subject, NEW.address, NEW.request_id, NEW.difference)
         <> (OLD.tenant_id, OLD.id, OLD.at, OLD.actor, OLD.action, OLD.via, OLD.subject, OLD.address, OLD.request_id, OLD.difference)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_entry_is_not_removed BEFORE DELETE ON audit_entry FOR EACH ROW
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
}
