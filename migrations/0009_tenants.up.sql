-- Several merchants in one hub. plan: one of the configuration's; empty for the main tenant, which no plan binds.
-- settings: what the tenant set itself (access/TenantSettings), a JSON object.

ALTER TABLE tenant ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE tenant ADD COLUMN plan TEXT NOT NULL DEFAULT '';
ALTER TABLE tenant ADD COLUMN active SMALLINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1));
ALTER TABLE tenant ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tenant ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
