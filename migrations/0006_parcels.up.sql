-- What carriers say of parcels. They meet orders by tracking number (tracking_key: without blanks and hyphens, in
-- capitals), whichever channel the order is of, and either may be known first.

CREATE TABLE parcel (
    tenant_id        BIGINT NOT NULL,
    tracking_key     TEXT {postgres:COLLATE "C"} NOT NULL,
    tracking_number  TEXT   NOT NULL,
    channel_id       BIGINT NOT NULL,
    status           TEXT   NOT NULL,
    updated_at       BIGINT NOT NULL,
    hash             BIGINT NOT NULL,
    body             TEXT   NOT NULL,
    cause            TEXT   NOT NULL,
    recorded_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, tracking_key)
);

CREATE TABLE order_parcel (
    tenant_id     BIGINT NOT NULL,
    tracking_key  TEXT {postgres:COLLATE "C"} NOT NULL,
    channel_id    BIGINT NOT NULL,
    external_id   TEXT   NOT NULL,
    recorded_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, tracking_key, channel_id, external_id)
);
CREATE INDEX order_parcel_newest ON order_parcel (tenant_id, recorded_at);

INSERT INTO order_parcel (tenant_id, tracking_key, channel_id, external_id, recorded_at)
SELECT tenant_id, UPPER(REPLACE(REPLACE(number, ' ', ''), '-', '')), channel_id, external_id, recorded_at
FROM (SELECT f.tenant_id, f.channel_id, f.external_id, f.recorded_at,
             {sqlite:json_extract(f.body, '$.tracking_number')}{postgres:f.body::json ->> 'tracking_number'} AS number
      FROM order_fact f WHERE f.fact_key LIKE 'fulfilment:%') AS sent
WHERE number <> ''
ON CONFLICT (tenant_id, tracking_key, channel_id, external_id) DO NOTHING;
