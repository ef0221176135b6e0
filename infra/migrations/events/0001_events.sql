-- A superset of sqlite-es's `events`: any tool of that ecosystem can read it.
CREATE TABLE events (
  position        INTEGER PRIMARY KEY,                       -- 1, 2, 3 … with no hole
  aggregate_type  TEXT    NOT NULL,
  aggregate_id    TEXT    NOT NULL,
  sequence        INTEGER NOT NULL CHECK (sequence >= 1),    -- the version in the stream
  event_type      TEXT    NOT NULL CHECK (event_type <> ''),
  event_version   TEXT    NOT NULL,                          -- the shape of the payload: 1, 2 …
  payload         TEXT    NOT NULL,                          -- exactly the bytes that were hashed
  metadata        TEXT    NOT NULL,                          -- JSON: actor, causation_id, correlation_id
  recorded_at     INTEGER NOT NULL,                          -- milliseconds since 1970, UTC
  subject         BLOB    NOT NULL,                          -- a message's id, else the stream's own
  event_id        BLOB    NOT NULL,
  hash            BLOB    NOT NULL                           -- SHA-256 over the event and the one before it in its stream
) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events (aggregate_type, aggregate_id, sequence);
CREATE INDEX events_by_subject ON events (subject, sequence);

-- sqlite-es's `snapshots`, plus the shape of the state. One a stream: the newest.
CREATE TABLE snapshots (
  aggregate_type    TEXT    NOT NULL,
  aggregate_id      TEXT    NOT NULL,
  last_sequence     INTEGER NOT NULL CHECK (last_sequence >= 0),
  current_snapshot  INTEGER NOT NULL CHECK (current_snapshot >= 0),
  payload           TEXT    NOT NULL,
  shape             INTEGER NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id)
) STRICT, WITHOUT ROWID;

-- The seals of the log: each covers the positions after the previous one up to its own.
CREATE TABLE seals (
  up_to  INTEGER PRIMARY KEY,
  hash   BLOB    NOT NULL
) STRICT;

-- What must be unique, as keyed hashes.
CREATE TABLE claims (
  kind    TEXT NOT NULL,
  digest  BLOB NOT NULL,
  owner   BLOB NOT NULL,
  PRIMARY KEY (kind, digest),
  UNIQUE (kind, owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  user_id        BLOB PRIMARY KEY,
  password_hash  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Idempotency keys: which event came of which request. No time window.
CREATE TABLE keys_used (
  user_id         BLOB    NOT NULL,
  key             BLOB    NOT NULL,
  request         BLOB    NOT NULL,
  aggregate_type  TEXT    NOT NULL,
  aggregate_id    TEXT    NOT NULL,
  sequence        INTEGER NOT NULL,
  status          INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id            BLOB    PRIMARY KEY,
  user_id       BLOB    NOT NULL,
  created_at    INTEGER NOT NULL,
  last_used_at  INTEGER NOT NULL,
  user_agent    TEXT,
  generation    INTEGER NOT NULL,      -- of the newest refresh token
  rotated_at    INTEGER NOT NULL,
  ended_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
