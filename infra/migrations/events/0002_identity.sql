-- What tells that the files of a data folder belong together.
CREATE TABLE identity (
  name   TEXT PRIMARY KEY,     -- keys: also in keys.db; secrets: a digest under the digest key
  value  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
