-- Secrets that come to the hub while it runs, such as a refresh token that a channel replaced: sealed under
-- server.secret_key (AES-256-GCM) for this tenant and this field.

CREATE TABLE sealed_secret (
    tenant_id   BIGINT NOT NULL,
    field       TEXT   NOT NULL,
    sealed      TEXT   NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, field)
);
