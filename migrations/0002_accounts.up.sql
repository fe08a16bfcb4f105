-- People who sign in, what they are known by, and the keys of programs.

CREATE TABLE user_account (
    tenant_id     BIGINT   NOT NULL,
    id            BIGINT   NOT NULL,
    username      TEXT {postgres:COLLATE "C"} NOT NULL,
    email         TEXT     NOT NULL DEFAULT '',
    full_name     TEXT     NOT NULL DEFAULT '',
    phone         TEXT     NOT NULL DEFAULT '',
    job_title     TEXT     NOT NULL DEFAULT '',
    department    TEXT     NOT NULL DEFAULT '',
    role          TEXT     NOT NULL,
    active        SMALLINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    password      TEXT     NOT NULL DEFAULT '',
    created_by    TEXT     NOT NULL,
    created_at    BIGINT   NOT NULL,
    updated_at    BIGINT   NOT NULL,
    signed_in_at  BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, username)
);

-- kind 1: access and refresh tokens; 2: the cookie of a browser. Gone when it has ended.
CREATE TABLE user_session (
    tenant_id   BIGINT   NOT NULL,
    id          BIGINT   NOT NULL,
    user_id     BIGINT   NOT NULL,
    kind        SMALLINT NOT NULL CHECK (kind IN (1, 2)),
    address     TEXT     NOT NULL DEFAULT '',
    agent       TEXT     NOT NULL DEFAULT '',
    created_at  BIGINT   NOT NULL,
    expires_at  BIGINT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id)
);
CREATE INDEX user_session_user ON user_session (tenant_id, user_id);
CREATE INDEX user_session_expiry ON user_session (expires_at);

-- SHA-256 of what a session is shown by. A refresh token that was exchanged stays as used: who shows it again ends the
-- session.
CREATE TABLE session_secret (
    tenant_id   BIGINT   NOT NULL,
    hash        {bytes}  NOT NULL,
    session_id  BIGINT   NOT NULL,
    used        SMALLINT NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, session_id) REFERENCES user_session (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX session_secret_session ON session_secret (tenant_id, session_id);

-- Public halves only: the private ones stay in the memory of the hubs that sign with them.
CREATE TABLE signing_key (
    id          TEXT   NOT NULL PRIMARY KEY,
    public_key  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);

CREATE TABLE api_key (
    tenant_id     BIGINT  NOT NULL,
    id            BIGINT  NOT NULL,
    name          TEXT    NOT NULL,
    hash          {bytes} NOT NULL,
    role          TEXT    NOT NULL,
    user_id       BIGINT,
    created_by    TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    expires_at    BIGINT,
    last_used_at  BIGINT,
    revoked_at    BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id)
);
CREATE INDEX api_key_user ON api_key (tenant_id, user_id) WHERE user_id IS NOT NULL;
