-- Undoes 0002 exactly: indexes go with their tables.

DROP TABLE api_key;
DROP TABLE signing_key;
DROP TABLE session_secret;
DROP TABLE user_session;
DROP TABLE user_account;
