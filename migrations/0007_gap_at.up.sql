-- When a listing's gap last grew: once the channel's orders have been read well past that, no order explains it.

ALTER TABLE listing ADD COLUMN gap_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX listing_gap ON listing (tenant_id, channel_id) WHERE gap > 0;
