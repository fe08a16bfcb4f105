-- The identity providers of tenants that the hub's provider sets while it runs, beside those of the configuration. public_key is a
-- PEM and no secret. roles: a JSON list of pairs, theirs and ours. Nobody's tokens may be meant for two tenants.

CREATE TABLE identity_provider (
    tenant_id     BIGINT NOT NULL,
    name          TEXT   NOT NULL,
    issuer        TEXT   NOT NULL,
    audience      TEXT   NOT NULL,
    algorithm     TEXT   NOT NULL CHECK (algorithm IN ('RS256', 'PS256', 'ES256')),
    jwks_url      TEXT   NOT NULL DEFAULT '',
    public_key    TEXT   NOT NULL DEFAULT '',
    organization  TEXT   NOT NULL DEFAULT '',
    roles_claim   TEXT   NOT NULL,
    roles         TEXT   NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name),
    CHECK ((jwks_url = '') <> (public_key = ''))
);
CREATE UNIQUE INDEX identity_provider_issuer ON identity_provider (issuer, organization);
