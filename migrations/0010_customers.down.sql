DROP TABLE privacy_request;
DROP INDEX sales_order_customer;
ALTER TABLE sales_order DROP COLUMN customer_id;
DROP TABLE customer;
