-- One file a generation. Ids are 16 bytes, times milliseconds since 1970 in UTC.
CREATE TABLE checkpoints (
  "partition"   INTEGER PRIMARY KEY,
  "offset"      INTEGER NOT NULL,
  position      INTEGER NOT NULL,
  event_id      BLOB
) STRICT;
-- One row while this generation is fenced: nobody but the holder may commit until then.
CREATE TABLE fence (holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
CREATE TABLE parked (
  aggregate_type  TEXT    NOT NULL,
  aggregate_id    BLOB    NOT NULL,
  version         INTEGER NOT NULL,   -- the first that could not be applied
  position        INTEGER NOT NULL,
  why             TEXT    NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id              BLOB    PRIMARY KEY,
  version         INTEGER NOT NULL,    -- of the stream, as far as it is folded
  email           TEXT,
  username        TEXT,
  nickname        TEXT,                -- NULL when erased
  status_message  TEXT,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The folded words of nickname and username, for prefix search.
CREATE TABLE user_words (
  word     TEXT NOT NULL,
  user_id  BLOB NOT NULL,
  PRIMARY KEY (word, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_words_by_user ON user_words (user_id);

CREATE TABLE friendships (
  id          BLOB    PRIMARY KEY,
  version     INTEGER NOT NULL,
  requester   BLOB,
  addressee   BLOB,
  status      TEXT    NOT NULL,        -- none, pending, accepted, rejected, cancelled, removed
  message     TEXT,
  created_at  INTEGER NOT NULL,        -- of the first request, once there is one
  updated_at  INTEGER NOT NULL         -- of the last change of status
) STRICT, WITHOUT ROWID;

-- A friendship seen from each of the two: lists page through this.
CREATE TABLE friendship_sides (
  user_id        BLOB    NOT NULL,
  other_id       BLOB    NOT NULL,
  friendship_id  BLOB    NOT NULL,
  status         TEXT    NOT NULL,
  is_requester   INTEGER NOT NULL,
  blocks         INTEGER NOT NULL,     -- whether user_id has blocked other_id
  since          INTEGER NOT NULL,     -- when this status (or, for blocks, this block) began
  blocked_at     INTEGER,
  PRIMARY KEY (user_id, other_id)
) STRICT, WITHOUT ROWID;
-- An answer to a request names one of the two only.
CREATE INDEX friendship_sides_by_friendship ON friendship_sides (friendship_id);

CREATE TABLE rooms (
  id          BLOB    PRIMARY KEY,
  version     INTEGER NOT NULL,        -- of the last lifecycle event
  room_type   TEXT    NOT NULL,
  name        TEXT,
  closed      INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE room_members (
  room_id    BLOB    NOT NULL,
  user_id    BLOB    NOT NULL,
  role       TEXT,                     -- NULL when gone
  joined_at  INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_members_by_user ON room_members (user_id, room_id);
