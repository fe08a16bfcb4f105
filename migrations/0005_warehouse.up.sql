-- What merchants keep beside SKUs and levels: names of codes, roles of components, single units, counts; and what a caller's
-- own key was answered.

CREATE TABLE lookup (
    tenant_id   BIGINT NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('color', 'brand')),
    code        TEXT {postgres:COLLATE "C"} NOT NULL,
    title       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, code)
);

ALTER TABLE variant ADD COLUMN brand TEXT NOT NULL DEFAULT '';
CREATE INDEX variant_barcode ON variant (tenant_id, barcode) WHERE barcode <> '';

-- role: the component that gives the bundle its name, one that comes along, one that may be sent by itself.
ALTER TABLE bundle_component ADD COLUMN role TEXT NOT NULL DEFAULT 'primary' CHECK (role IN ('primary', 'accessory', 'satellite'));

-- A unit that is told from others. state: 1 available, 2 sold, 3 rma, 4 damaged; reserved is one whose reservation is
-- active. Only available (and reserved) ones are on hand: levels and reservations are the ledger's, here is which unit.
CREATE TABLE inventory_item (
    tenant_id       BIGINT   NOT NULL,
    id              BIGINT   NOT NULL,
    variant_id      BIGINT   NOT NULL,
    location_id     BIGINT   NOT NULL,
    serial          TEXT {postgres:COLLATE "C"} NOT NULL,
    state           SMALLINT NOT NULL CHECK (state BETWEEN 1 AND 4),
    reservation_id  BIGINT,
    order_id        BIGINT,
    cost            BIGINT   NOT NULL DEFAULT 0,
    currency        TEXT     NOT NULL DEFAULT 'USD',
    note            TEXT     NOT NULL DEFAULT '',
    created_at      BIGINT   NOT NULL,
    updated_at      BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, serial),
    FOREIGN KEY (tenant_id, variant_id) REFERENCES variant (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
CREATE INDEX inventory_item_variant ON inventory_item (tenant_id, variant_id, id);

-- People counting a location. state: 1 open, 2 closed, 3 cancelled.
CREATE TABLE stock_count (
    tenant_id    BIGINT   NOT NULL,
    id           BIGINT   NOT NULL,
    location_id  BIGINT   NOT NULL,
    title        TEXT     NOT NULL DEFAULT '',
    state        SMALLINT NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
    actor        TEXT     NOT NULL,
    created_at   BIGINT   NOT NULL,
    ended_at     BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
-- expected: what the level said when the count was closed.
CREATE TABLE stock_count_line (
    tenant_id   BIGINT NOT NULL,
    count_id    BIGINT NOT NULL,
    variant_id  BIGINT NOT NULL,
    counted     BIGINT NOT NULL CHECK (counted >= 0),
    expected    BIGINT,
    PRIMARY KEY (tenant_id, count_id, variant_id),
    FOREIGN KEY (tenant_id, count_id) REFERENCES stock_count (tenant_id, id),
    FOREIGN KEY (tenant_id, variant_id) REFERENCES variant (tenant_id, id)
){sqlite: WITHOUT ROWID};
-- What should be ordered again is found among the few levels that say when.
CREATE INDEX stock_level_reorder ON stock_level (tenant_id, variant_id, location_id) WHERE reorder_level > 0;

-- The answer to a request that came with its caller's own key. request: SHA-256 of method, path and body.
CREATE TABLE answered_request (
    tenant_id   BIGINT   NOT NULL,
    key         TEXT     NOT NULL,
    request     TEXT     NOT NULL,
    status      SMALLINT NOT NULL,
    answer      TEXT     NOT NULL,
    created_at  BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX answered_request_age ON answered_request (created_at);
