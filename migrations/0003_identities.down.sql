-- Undoes 0003 exactly: the index goes with its table.

DROP TABLE user_identity;
