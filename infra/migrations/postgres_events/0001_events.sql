-- A superset of postgres-es's `events`: any tool of that ecosystem can read it. Ids and names compare byte by byte.
CREATE TABLE events (
  position        bigint PRIMARY KEY,                          -- 1, 2, 3 … with no hole
  aggregate_type  text   COLLATE "C" NOT NULL,
  aggregate_id    text   COLLATE "C" NOT NULL,
  sequence        bigint NOT NULL CHECK (sequence >= 1),       -- the version in the stream
  event_type      text   COLLATE "C" NOT NULL CHECK (event_type <> ''),
  event_version   text   NOT NULL,                             -- the shape of the payload: 1, 2 …
  payload         json   NOT NULL,                             -- exactly the bytes that were hashed: json keeps them, jsonb does not
  metadata        json   NOT NULL,                             -- actor, causation_id, correlation_id
  recorded_at     bigint NOT NULL,                             -- milliseconds since 1970, UTC
  subject         uuid   NOT NULL,                             -- a message's id, a read mark's room, else the stream's own
  event_id        uuid   NOT NULL,
  hash            bytea  NOT NULL                              -- SHA-256 over the event and the one before it in its stream
);
CREATE UNIQUE INDEX events_by_stream ON events (aggregate_type, aggregate_id, sequence);
CREATE INDEX events_by_subject ON events (subject, sequence);

-- postgres-es's `snapshots`, plus the shape of the state. One a stream: the newest.
CREATE TABLE snapshots (
  aggregate_type    text   COLLATE "C" NOT NULL,
  aggregate_id      text   COLLATE "C" NOT NULL,
  last_sequence     bigint NOT NULL CHECK (last_sequence >= 0),
  current_snapshot  bigint NOT NULL CHECK (current_snapshot >= 0),
  payload           json   NOT NULL,
  shape             integer NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id)
);

-- The seals of the log: each covers the positions after the previous one up to its own.
CREATE TABLE seals (
  up_to  bigint PRIMARY KEY,
  hash   bytea  NOT NULL
);

-- What must be unique, as keyed hashes.
CREATE TABLE claims (
  kind    text  COLLATE "C" NOT NULL,
  digest  bytea NOT NULL,
  owner   uuid  NOT NULL,
  PRIMARY KEY (kind, digest),
  UNIQUE (kind, owner)
);

CREATE TABLE credentials (
  user_id        uuid PRIMARY KEY,
  password_hash  text NOT NULL
);

-- Idempotency keys: which event came of which request. No time window.
CREATE TABLE keys_used (
  user_id         uuid     NOT NULL,
  key             bytea    NOT NULL,
  request         bytea    NOT NULL,
  aggregate_type  text     COLLATE "C" NOT NULL,
  aggregate_id    text     COLLATE "C" NOT NULL,
  sequence        bigint   NOT NULL,
  status          smallint NOT NULL,
  changed         boolean  NOT NULL,                           -- if not, sequence is where the stream stood
  PRIMARY KEY (user_id, key)
);

CREATE TABLE sessions (
  id            uuid   PRIMARY KEY,
  user_id       uuid   NOT NULL,
  created_at    bigint NOT NULL,
  last_used_at  bigint NOT NULL,
  user_agent    text,
  generation    bigint NOT NULL,                               -- of the newest refresh token
  rotated_at    bigint NOT NULL,
  ended_at      bigint
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- What tells that databases, secrets and topics belong together.
CREATE TABLE identity (
  name   text  COLLATE "C" PRIMARY KEY,
  value  bytea NOT NULL
);

-- One relay leads, for as long as its lease is renewed; where it is moves only under its own epoch.
CREATE TABLE relay_lease (
  id     smallint    PRIMARY KEY CHECK (id = 1),
  holder text        NOT NULL,
  epoch  bigint      NOT NULL,
  until  timestamptz NOT NULL
);
CREATE TABLE relay_state (
  id        smallint PRIMARY KEY CHECK (id = 1),
  position  bigint   NOT NULL,                                 -- everything up to here is acknowledged by the brokers
  event_id  uuid,
  epoch     bigint   NOT NULL,
  ends      jsonb    NOT NULL DEFAULT '{}'                     -- partition → position of the last event there, at or below position
);
