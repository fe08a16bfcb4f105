DROP TABLE identity_provider;
