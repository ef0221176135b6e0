-- The keys under which personal data is sealed. A database of its own, with backups of its own, kept at most 30 days.
CREATE TABLE subject_keys (
  subject     uuid   PRIMARY KEY,
  key         bytea  NOT NULL,
  created_at  bigint NOT NULL
);
-- What tells which event store these keys belong to: the same stands there.
CREATE TABLE identity (
  name   text  COLLATE "C" PRIMARY KEY,
  value  bytea NOT NULL
);
