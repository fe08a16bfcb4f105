-- Undoes 0001 exactly: indexes and triggers go with their tables.

DROP TABLE task;
DROP TABLE inbox_body;
DROP TABLE inbox_message;
DROP TABLE exception;
DROP TABLE shipment;
DROP TABLE order_line;
DROP TABLE sales_order;
DROP TABLE order_fact;
DROP TABLE idempotency_key;
DROP TABLE stock_movement;
DROP TABLE reservation;
DROP TABLE stock_level;
DROP TABLE location;
DROP TABLE listing;
DROP TABLE channel_value;
DROP TABLE channel_cursor;
DROP TABLE lane;
DROP TABLE channel;
DROP TABLE bundle_component;
DROP TABLE variant;
DROP TABLE identity;
DROP TABLE family;
DROP TABLE node;
DROP TABLE writer_mark;
DROP TABLE tenant;
{postgres:
DROP FUNCTION identity_is_immutable();
}
