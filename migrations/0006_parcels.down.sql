-- Undoes 0006 exactly: the index goes with its table.

DROP TABLE order_parcel;
DROP TABLE parcel;
