-- Undoes 0007 exactly.

DROP INDEX listing_gap;
ALTER TABLE listing DROP COLUMN gap_at;
