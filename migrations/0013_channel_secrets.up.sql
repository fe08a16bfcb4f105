-- Values of channels' secrets that were set while the hub runs; each lies in sealed_secret, under the field "channel_secret ID".
-- Of one that is `configured`, what lies there is a mark of the configuration's value, which is not used any more.

CREATE TABLE channel_secret (
    tenant_id   BIGINT   NOT NULL,
    id          BIGINT   NOT NULL,
    channel_id  BIGINT   NOT NULL,
    name        TEXT     NOT NULL,
    configured  SMALLINT NOT NULL CHECK (configured IN (0, 1)),
    set_by      TEXT     NOT NULL,
    set_at      BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX channel_secret_channel ON channel_secret (tenant_id, channel_id, name);
