-- Undoes 0004 exactly.

DROP TABLE sealed_secret;
