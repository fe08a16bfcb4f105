-- People whom orders name, one for each channel that knows them. customer_key: by what the channel's next order names the same
-- person ("id:…", else "mail:…", "tel:…"); of somebody who was erased nothing that could be found again.

CREATE TABLE customer (
    tenant_id     BIGINT NOT NULL,
    id            BIGINT NOT NULL,
    channel_id    BIGINT NOT NULL,
    customer_key  TEXT {postgres:COLLATE "C"} NOT NULL,
    external_id   TEXT   NOT NULL DEFAULT '',
    email         TEXT {postgres:COLLATE "C"} NOT NULL DEFAULT '',
    name          TEXT   NOT NULL DEFAULT '',
    phone         TEXT   NOT NULL DEFAULT '',
    seen_at       BIGINT NOT NULL,
    erased_at     BIGINT,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, customer_key, channel_id)
);
CREATE INDEX customer_email ON customer (tenant_id, email) WHERE email <> '';

ALTER TABLE sales_order ADD COLUMN customer_id BIGINT;
CREATE INDEX sales_order_customer ON sales_order (tenant_id, customer_id, id) WHERE customer_id IS NOT NULL;

-- Wishes about personal data: of a person who asks what is kept (kind 1: staff answer) or wants it gone (2), of a shop that left
-- (3). person: whom the channel names, orders: their external ids; both are emptied when it is done. found: what was erased.
CREATE TABLE privacy_request (
    tenant_id    BIGINT   NOT NULL,
    id           BIGINT   NOT NULL,
    channel_id   BIGINT   NOT NULL,
    kind         SMALLINT NOT NULL CHECK (kind IN (1, 2, 3)),
    customer_id  BIGINT,
    external_id  TEXT     NOT NULL DEFAULT '',
    person       TEXT     NOT NULL DEFAULT '{}',
    orders       TEXT     NOT NULL DEFAULT '[]',
    cause        TEXT     NOT NULL,
    received_at  BIGINT   NOT NULL,
    due_at       BIGINT   NOT NULL,
    closed_at    BIGINT,
    closed_by    TEXT     NOT NULL DEFAULT '',
    found        TEXT     NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, cause)
);
CREATE INDEX privacy_request_open ON privacy_request (tenant_id, id) WHERE closed_at IS NULL;
