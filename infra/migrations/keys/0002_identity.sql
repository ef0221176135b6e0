-- What tells which event store these keys belong to: the same stands there.
CREATE TABLE identity (
  name   TEXT PRIMARY KEY,
  value  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
