-- The first schema. One text for both engines; see README.md for the markers and for how statements end.
-- Times are microseconds UTC, money is minor units, quantities are units. tenant_id stands first in every key. SKUs
-- compare by their bytes on both engines, so that they sort and match alike.

CREATE TABLE tenant (
    id          BIGINT NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL
);
INSERT INTO tenant (id, name, created_at) VALUES (1, 'main', 0);

-- By this row a COMMIT of unknown outcome is looked up (store/Writer).
CREATE TABLE writer_mark (
    hub   BIGINT NOT NULL,
    lane  BIGINT NOT NULL,
    mark  BIGINT NOT NULL,
    PRIMARY KEY (hub, lane)
);

-- Node numbers of the id generator, leased by running hubs.
CREATE TABLE node (
    number      BIGINT NOT NULL PRIMARY KEY,
    boot        BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    high_water  BIGINT NOT NULL
);

-- ------------------------------------------------------------------ catalog

CREATE TABLE family (
    tenant_id   BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    code        TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    category    TEXT   NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code)
);

CREATE TABLE identity (
    tenant_id        BIGINT   NOT NULL,
    id               BIGINT   NOT NULL,
    family_id        BIGINT   NOT NULL,
    type             TEXT     NOT NULL CHECK (type IN ('Product', 'P', 'B', 'K')),
    component_index  SMALLINT CHECK (component_index BETWEEN 1 AND 99),
    upis_h           TEXT     NOT NULL,
    signature        TEXT     NOT NULL,
    title            TEXT     NOT NULL DEFAULT '',
    created_at       BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, upis_h),
    CHECK ((type = 'P') = (component_index IS NOT NULL)),
    FOREIGN KEY (tenant_id, family_id) REFERENCES family (tenant_id, id)
);
CREATE INDEX identity_family ON identity (tenant_id, family_id);

{postgres:
CREATE FUNCTION identity_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an identity is immutable: % keeps its UPIS-H and signature', OLD.upis_h USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER identity_immutable BEFORE UPDATE ON identity FOR EACH ROW
    WHEN (NEW.tenant_id <> OLD.tenant_id OR NEW.id <> OLD.id OR NEW.family_id <> OLD.family_id OR NEW.type <> OLD.type
          OR NEW.component_index IS DISTINCT FROM OLD.component_index OR NEW.upis_h <> OLD.upis_h OR NEW.signature <> OLD.signature)
    EXECUTE FUNCTION identity_is_immutable();
}
{sqlite:
CREATE TRIGGER identity_immutable BEFORE UPDATE ON identity FOR EACH ROW
    WHEN NEW.tenant_id <> OLD.tenant_id OR NEW.id <> OLD.id OR NEW.family_id <> OLD.family_id OR NEW.type <> OLD.type
         OR NEW.component_index IS NOT OLD.component_index OR NEW.upis_h <> OLD.upis_h OR NEW.signature <> OLD.signature
BEGIN
    SELECT RAISE(ABORT, 'an identity is immutable: it keeps its UPIS-H and signature');
END;
}

CREATE TABLE variant (
    tenant_id    BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    identity_id  BIGINT,
    sku          TEXT {postgres:COLLATE "C"} NOT NULL,
    title        TEXT   NOT NULL DEFAULT '',
    category     TEXT   NOT NULL DEFAULT '',
    color        TEXT   NOT NULL DEFAULT '',
    condition    TEXT   NOT NULL DEFAULT '' CHECK (condition IN ('', 'N', 'R', 'U')),
    size         TEXT   NOT NULL DEFAULT '',
    barcode      TEXT   NOT NULL DEFAULT '',
    price        BIGINT NOT NULL DEFAULT 0,
    cost         BIGINT NOT NULL DEFAULT 0,
    currency     TEXT   NOT NULL DEFAULT 'USD',
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, sku),
    FOREIGN KEY (tenant_id, identity_id) REFERENCES identity (tenant_id, id)
);
CREATE INDEX variant_identity ON variant (tenant_id, identity_id) WHERE identity_id IS NOT NULL;

-- A variant with rows here is a bundle: it has no levels of its own, its components have.
CREATE TABLE bundle_component (
    tenant_id     BIGINT NOT NULL,
    bundle_id     BIGINT NOT NULL,
    component_id  BIGINT NOT NULL,
    quantity      BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (tenant_id, bundle_id, component_id),
    CHECK (bundle_id <> component_id),
    FOREIGN KEY (tenant_id, bundle_id) REFERENCES variant (tenant_id, id),
    FOREIGN KEY (tenant_id, component_id) REFERENCES variant (tenant_id, id)
);
CREATE INDEX bundle_component_parents ON bundle_component (tenant_id, component_id);

-- ------------------------------------------------------------------ channels

CREATE TABLE channel (
    tenant_id      BIGINT   NOT NULL,
    id             BIGINT   NOT NULL,
    name           TEXT     NOT NULL,
    spoke          TEXT     NOT NULL,
    paused         SMALLINT NOT NULL DEFAULT 0,
    paused_reason  TEXT     NOT NULL DEFAULT '',
    rules_hash     TEXT     NOT NULL DEFAULT '',
    approved       SMALLINT NOT NULL DEFAULT 0,
    orders_since   BIGINT   NOT NULL,
    last_error     TEXT     NOT NULL DEFAULT '',
    last_error_at  BIGINT,
    created_at     BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

-- The lane is leased, not the task.
CREATE TABLE lane (
    tenant_id   BIGINT NOT NULL,
    channel_id  BIGINT NOT NULL,
    owner       BIGINT NOT NULL,
    fence       BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, channel_id)
);

CREATE TABLE channel_cursor (
    tenant_id   BIGINT NOT NULL,
    channel_id  BIGINT NOT NULL,
    stream      TEXT   NOT NULL,
    cursor      TEXT   NOT NULL,
    pulled_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, stream)
);

-- The small store of a channel's spoke.
CREATE TABLE channel_value (
    tenant_id   BIGINT  NOT NULL,
    channel_id  BIGINT  NOT NULL,
    key         TEXT    NOT NULL,
    value       {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, key)
);

-- pushed: the quantity the channel last confirmed. observed: what it last showed by itself. sold: units its own orders
-- took since the push; ordered: the same, whatever was given back; sold_seen: what sold was at the observation. gap: what is missing there without a known cause.
CREATE TABLE listing (
    tenant_id       BIGINT   NOT NULL,
    id              BIGINT   NOT NULL,
    channel_id      BIGINT   NOT NULL,
    variant_id      BIGINT,
    external_id     TEXT     NOT NULL,
    parent_id       TEXT     NOT NULL DEFAULT '',
    stock_id        TEXT     NOT NULL DEFAULT '',
    sku             TEXT {postgres:COLLATE "C"} NOT NULL DEFAULT '',
    title           TEXT     NOT NULL DEFAULT '',
    price           BIGINT,
    currency        TEXT     NOT NULL DEFAULT '',
    units_per_sale  BIGINT   NOT NULL DEFAULT 1 CHECK (units_per_sale > 0),
    removed         SMALLINT NOT NULL DEFAULT 0,
    pushed          BIGINT,
    pushed_at       BIGINT,
    observed        BIGINT,
    observed_at     BIGINT,
    sold            BIGINT   NOT NULL DEFAULT 0,
    sold_seen       BIGINT   NOT NULL DEFAULT 0,
    ordered         BIGINT   NOT NULL DEFAULT 0,
    gap             BIGINT   NOT NULL DEFAULT 0 CHECK (gap >= 0),
    created_at      BIGINT   NOT NULL,
    updated_at      BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id, channel_id),
    FOREIGN KEY (tenant_id, variant_id) REFERENCES variant (tenant_id, id)
){postgres: WITH (fillfactor = 70)};
-- The telling column stands before the channel: before a fresh table is analysed, PostgreSQL takes an index whose
-- beginning fits for as good as one that fits whole.
CREATE INDEX listing_variant ON listing (tenant_id, variant_id) WHERE variant_id IS NOT NULL;
CREATE INDEX listing_sku ON listing (tenant_id, sku, channel_id);
CREATE INDEX listing_stock ON listing (tenant_id, stock_id, channel_id);

-- ------------------------------------------------------------------ stock

CREATE TABLE location (
    tenant_id  BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    title      TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
INSERT INTO location (tenant_id, id, name) VALUES (1, 1, 'main');

CREATE TABLE stock_level (
    tenant_id      BIGINT NOT NULL,
    variant_id     BIGINT NOT NULL,
    location_id    BIGINT NOT NULL,
    on_hand        BIGINT NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved       BIGINT NOT NULL DEFAULT 0,
    safety_stock   BIGINT NOT NULL DEFAULT 0 CHECK (safety_stock >= 0),
    reorder_level  BIGINT NOT NULL DEFAULT 0 CHECK (reorder_level >= 0),
    last_movement_id BIGINT,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, variant_id, location_id),
    CHECK (reserved >= 0 AND reserved <= on_hand),
    FOREIGN KEY (tenant_id, variant_id) REFERENCES variant (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
){postgres: WITH (fillfactor = 50)}{sqlite: WITHOUT ROWID};

-- What `reserved` is the sum of. owner_id: the order line, or the reservation's own id (caller, hold by hand); a bundle
-- or a split makes several rows of one owner. subject_id: the variant that was asked for. owner_kind: 1 order line,
-- 2 caller, 3 hold by hand. state: 1 active, 2 released, 3 committed, 4 expired; only active rows hold units. Which of
-- them give way is seldom asked and found by going over all that are active: an index led by the variant would dirty a
-- page of its own for every line sold.
CREATE TABLE reservation (
    tenant_id    BIGINT   NOT NULL,
    owner_id     BIGINT   NOT NULL,
    variant_id   BIGINT   NOT NULL,
    location_id  BIGINT   NOT NULL,
    owner_kind   SMALLINT NOT NULL,
    order_id     BIGINT,
    quantity     BIGINT   NOT NULL CHECK (quantity >= 0),
    subject_id   BIGINT   NOT NULL,
    asked        BIGINT   NOT NULL,
    state        SMALLINT NOT NULL DEFAULT 1,
    reference    TEXT     NOT NULL DEFAULT '',
    actor        TEXT     NOT NULL DEFAULT '',
    expires_at   BIGINT,
    created_at   BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, owner_id, variant_id, location_id)
);
CREATE INDEX reservation_active ON reservation (tenant_id, owner_id, variant_id, location_id) WHERE quantity > 0;
CREATE INDEX reservation_expiry ON reservation (expires_at, tenant_id, owner_id) WHERE expires_at IS NOT NULL AND quantity > 0;
CREATE INDEX reservation_asked ON reservation (tenant_id, state, owner_id) WHERE owner_kind <> 1;

-- Append-only. kind: stock/Movement.h. cause: what it was done for ("msg_…", "req_…", "ord_…"). on_hand, reserved: the level
-- after it. previous_id: the movement of the same level before it; by these and the level's last_movement_id the history of a
-- SKU is read, newest first. No two name the same one before them: an update of a level that was lost would show here.
CREATE TABLE stock_movement (
    tenant_id       BIGINT   NOT NULL,
    id              BIGINT   NOT NULL,
    variant_id      BIGINT   NOT NULL,
    location_id     BIGINT   NOT NULL,
    kind            SMALLINT NOT NULL,
    on_hand_delta   BIGINT   NOT NULL,
    reserved_delta  BIGINT   NOT NULL,
    on_hand         BIGINT   NOT NULL,
    reserved        BIGINT   NOT NULL,
    previous_id     BIGINT,
    owner_id        BIGINT,
    cause           TEXT     NOT NULL,
    actor           TEXT     NOT NULL,
    reason          TEXT     NOT NULL DEFAULT '',
    at              BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX stock_movement_next ON stock_movement (tenant_id, previous_id) WHERE previous_id IS NOT NULL;

-- What a caller's own key was answered, so that a repeated request has one effect.
CREATE TABLE idempotency_key (
    tenant_id   BIGINT NOT NULL,
    key         TEXT   NOT NULL,
    request     TEXT   NOT NULL,
    owner_id    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key)
){sqlite: WITHOUT ROWID};
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

-- ------------------------------------------------------------------ orders

-- What is known of an order. The newest (updated_at, read_at, hash) of one fact_key stands. The bodies are too long for
-- a table that is its own index: on SQLite each would fill a page of its own.
CREATE TABLE order_fact (
    tenant_id    BIGINT NOT NULL,
    channel_id   BIGINT NOT NULL,
    external_id  TEXT   NOT NULL,
    fact_key     TEXT   NOT NULL,
    updated_at   BIGINT NOT NULL,
    read_at      BIGINT NOT NULL DEFAULT 0,
    hash         BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    cause        TEXT   NOT NULL,
    recorded_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, external_id, channel_id, fact_key)
);

CREATE TABLE sales_order (
    tenant_id       BIGINT   NOT NULL,
    id              BIGINT   NOT NULL,
    channel_id      BIGINT   NOT NULL,
    external_id     TEXT     NOT NULL,
    number          TEXT     NOT NULL,
    status          TEXT     NOT NULL,
    payment_status  TEXT     NOT NULL,
    review          TEXT     NOT NULL DEFAULT '',
    history         SMALLINT NOT NULL DEFAULT 0,
    test            SMALLINT NOT NULL DEFAULT 0,
    currency        TEXT     NOT NULL,
    total           BIGINT   NOT NULL,
    refunded        BIGINT   NOT NULL DEFAULT 0,
    detail          TEXT     NOT NULL,
    placed_at       BIGINT   NOT NULL,
    channel_updated_at BIGINT NOT NULL,
    created_at      BIGINT   NOT NULL,
    updated_at      BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id, channel_id)
);
CREATE INDEX sales_order_newest ON sales_order (tenant_id, placed_at, id);
CREATE INDEX sales_order_status ON sales_order (tenant_id, status, placed_at, id);

-- target: what stock must be held for. moved_shipped, moved_returned: how much of shipped and returned the ledger has moved.
-- given_back: of the cancelled units, those that the channel shows again; what we cancel ourselves it does not know.
CREATE TABLE order_line (
    tenant_id            BIGINT   NOT NULL,
    order_id             BIGINT   NOT NULL,
    id                   BIGINT   NOT NULL,
    external_line_id     TEXT     NOT NULL,
    external_variant_id  TEXT     NOT NULL DEFAULT '',
    variant_id           BIGINT,
    sku                  TEXT {postgres:COLLATE "C"} NOT NULL DEFAULT '',
    title                TEXT     NOT NULL DEFAULT '',
    unit_price           BIGINT   NOT NULL DEFAULT 0,
    units_per_sale       BIGINT   NOT NULL DEFAULT 1,
    requires_shipping    SMALLINT NOT NULL DEFAULT 1,
    ordered              BIGINT   NOT NULL CHECK (ordered >= 0),
    cancelled            BIGINT   NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    shipped              BIGINT   NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    delivered            BIGINT   NOT NULL DEFAULT 0 CHECK (delivered >= 0),
    returned             BIGINT   NOT NULL DEFAULT 0 CHECK (returned >= 0),
    target               BIGINT   NOT NULL DEFAULT 0 CHECK (target >= 0),
    short                BIGINT   NOT NULL DEFAULT 0 CHECK (short >= 0),
    moved_shipped        BIGINT   NOT NULL DEFAULT 0,
    moved_returned       BIGINT   NOT NULL DEFAULT 0,
    given_back           BIGINT   NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, order_id, id)
){sqlite: WITHOUT ROWID};
CREATE INDEX order_line_short ON order_line (tenant_id, variant_id, order_id, id) WHERE short > 0;
CREATE INDEX order_line_unmatched ON order_line (tenant_id, sku, order_id) WHERE variant_id IS NULL;

-- Our own shipments. external_id: the channel's fulfilment, once it has told.
CREATE TABLE shipment (
    tenant_id        BIGINT NOT NULL,
    id               BIGINT NOT NULL,
    order_id         BIGINT NOT NULL,
    carrier          TEXT   NOT NULL DEFAULT '',
    tracking_number  TEXT   NOT NULL DEFAULT '',
    tracking_url     TEXT   NOT NULL DEFAULT '',
    external_id      TEXT   NOT NULL DEFAULT '',
    lines            TEXT   NOT NULL,
    actor            TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX shipment_order ON shipment (tenant_id, order_id);

-- What a person should look at: an oversold line, a shipment beyond what was ordered, a count that took holds.
CREATE TABLE exception (
    tenant_id    BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    cause        TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    resolved_at  BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX exception_subject ON exception (tenant_id, kind, subject) WHERE resolved_at IS NULL;

-- ------------------------------------------------------------------ sync

-- state: 1 pending, 2 done, 3 failed. Settling a message writes its row anew, so the body stands in a table of its own.
CREATE TABLE inbox_message (
    tenant_id        BIGINT   NOT NULL,
    id               BIGINT   NOT NULL,
    channel_id       BIGINT   NOT NULL,
    message_id       TEXT     NOT NULL,
    topic            TEXT     NOT NULL,
    occurred_at      BIGINT   NOT NULL,
    received_at      BIGINT   NOT NULL,
    state            SMALLINT NOT NULL DEFAULT 1,
    reason           TEXT     NOT NULL DEFAULT '',
    attempts         BIGINT   NOT NULL DEFAULT 0,
    next_attempt_at  BIGINT   NOT NULL DEFAULT 0,
    settled_at       BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, message_id, channel_id)
);
CREATE INDEX inbox_message_pending ON inbox_message (next_attempt_at, id) WHERE state = 1;
CREATE INDEX inbox_message_failed ON inbox_message (tenant_id, id) WHERE state = 3;

-- What came, byte for byte, until it is dropped for its age.
CREATE TABLE inbox_body (
    tenant_id  BIGINT  NOT NULL,
    id         BIGINT  NOT NULL,
    body       {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
{postgres:
-- Beside the row a body is four rows in two places; compressed (a third is left) it stands in its row.
ALTER TABLE inbox_body ALTER COLUMN body SET STORAGE MAIN;
DO $$ BEGIN
    EXECUTE 'ALTER TABLE inbox_body ALTER COLUMN body SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN NULL; -- a server without lz4 uses its own
END $$;
}

-- What a channel must still hear: one row per (channel, kind, subject). state: 1 pending, 2 running, 3 done, 4 failed.
-- queue: 0 what a sale or a person caused, 1 bulk. kind: 1 stock (subject: listing), 2 shipment (subject: shipment),
-- 3 fetch (subject: inbox message whose order is read at the source).
CREATE TABLE task (
    tenant_id        BIGINT   NOT NULL,
    id               BIGINT   NOT NULL,
    channel_id       BIGINT   NOT NULL,
    kind             SMALLINT NOT NULL,
    subject_id       BIGINT   NOT NULL,
    detail           TEXT     NOT NULL DEFAULT '',
    queue            SMALLINT NOT NULL,
    state            SMALLINT NOT NULL,
    generation       BIGINT   NOT NULL DEFAULT 1,
    class            SMALLINT NOT NULL DEFAULT 0,
    reason           TEXT     NOT NULL DEFAULT '',
    attempts         BIGINT   NOT NULL DEFAULT 0,
    conflicts        BIGINT   NOT NULL DEFAULT 0,
    next_attempt_at  BIGINT   NOT NULL,
    planned_at       BIGINT   NOT NULL,
    settled_at       BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, subject_id, channel_id, kind)
);
CREATE INDEX task_pending ON task (tenant_id, channel_id, queue, next_attempt_at, id) WHERE state = 1;
CREATE INDEX task_running ON task (tenant_id, channel_id) WHERE state = 2;
CREATE INDEX task_failed ON task (tenant_id, channel_id, id) WHERE state = 4;
