-- Lists of what changed since are walked along the change; the others along what they are asked for by.

ALTER TABLE family ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE family SET updated_at = created_at;
CREATE INDEX family_updated ON family (tenant_id, updated_at, id);
CREATE INDEX identity_created ON identity (tenant_id, created_at, id);
CREATE INDEX variant_updated ON variant (tenant_id, updated_at, id);
CREATE INDEX variant_category ON variant (tenant_id, category, id);
CREATE INDEX variant_brand ON variant (tenant_id, brand, id) WHERE brand <> '';
CREATE INDEX listing_updated ON listing (tenant_id, updated_at, id);
CREATE INDEX listing_unmatched ON listing (tenant_id, id) WHERE variant_id IS NULL;
CREATE INDEX inventory_item_updated ON inventory_item (tenant_id, updated_at, id);
CREATE INDEX sales_order_updated ON sales_order (tenant_id, updated_at, id);
