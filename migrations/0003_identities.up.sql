-- People whom an outside identity provider vouches for: by its issuer and its own name for them, never by ours.

CREATE TABLE user_identity (
    tenant_id  BIGINT NOT NULL,
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    user_id    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account (tenant_id, id)
);
CREATE INDEX user_identity_user ON user_identity (tenant_id, user_id);
