DROP TABLE answered_request;
DROP INDEX stock_level_reorder;
DROP TABLE stock_count_line;
DROP TABLE stock_count;
DROP TABLE inventory_item;
ALTER TABLE bundle_component DROP COLUMN role;
DROP INDEX variant_barcode;
ALTER TABLE variant DROP COLUMN brand;
DROP TABLE lookup;
