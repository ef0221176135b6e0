-- The keys under which personal data is sealed. A file of its own, with backups of its own.
CREATE TABLE subject_keys (
  subject     BLOB    PRIMARY KEY,
  key         BLOB    NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
