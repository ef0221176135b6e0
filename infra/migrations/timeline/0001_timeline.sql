-- One file a generation. Ids are 16 bytes, times milliseconds since 1970 in UTC.
CREATE TABLE checkpoints (
  "partition"   INTEGER PRIMARY KEY,
  "offset"      INTEGER NOT NULL,
  position      INTEGER NOT NULL,
  event_id      BLOB
) STRICT;
CREATE TABLE fence (holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
CREATE TABLE parked (
  aggregate_type  TEXT    NOT NULL,
  aggregate_id    BLOB    NOT NULL,
  version         INTEGER NOT NULL,
  position        INTEGER NOT NULL,
  why             TEXT    NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
  id           BLOB    PRIMARY KEY,
  applied      INTEGER NOT NULL,       -- the room's version up to which its rows are here
  last_number  INTEGER NOT NULL,       -- of its last message
  activity     INTEGER NOT NULL,       -- the position of its last event: newest activity first
  activity_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A message. Its row is also the change row of the version at which it was sent. With a rowid: rows are written at one
-- end, whichever room they belong to, and only the small entries of the index lie scattered.
CREATE TABLE messages (
  room_id       BLOB    NOT NULL,
  version       INTEGER NOT NULL,
  id            BLOB    NOT NULL,
  number        INTEGER NOT NULL,
  author        BLOB    NOT NULL,
  content       TEXT,                  -- NULL when deleted or erased
  message_type  TEXT    NOT NULL,
  reply_to      BLOB,
  sent_at       INTEGER NOT NULL,
  edited_at     INTEGER,
  deleted_at    INTEGER,
  position      INTEGER NOT NULL,      -- in the log, of its sending
  PRIMARY KEY (room_id, version)
) STRICT;
CREATE UNIQUE INDEX messages_by_id ON messages (id);
CREATE INDEX messages_deleted ON messages (room_id, number) WHERE deleted_at IS NOT NULL;

-- Every other version of a room: with the messages, exactly one row a version.
CREATE TABLE changes (
  room_id     BLOB    NOT NULL,
  version     INTEGER NOT NULL,
  kind        TEXT    NOT NULL,        -- the event's name
  message_id  BLOB,
  actor       BLOB,
  detail      TEXT    NOT NULL,        -- JSON: what the frame needs besides; never the content of a message
  at          INTEGER NOT NULL,
  position    INTEGER NOT NULL,        -- in the log
  PRIMARY KEY (room_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
  message_id  BLOB    NOT NULL,
  emoji       TEXT    NOT NULL,
  user_id     BLOB    NOT NULL,
  version     INTEGER NOT NULL,
  PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

-- Membership as intervals of the room's versions: from the joining, up to but without the leaving.
CREATE TABLE memberships (
  room_id       BLOB    NOT NULL,
  user_id       BLOB    NOT NULL,
  from_version  INTEGER NOT NULL,
  to_version    INTEGER,               -- NULL while a member
  PRIMARY KEY (room_id, user_id, from_version)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_user ON memberships (user_id, room_id);

-- How far each has read: the highest of their read marks and their own messages.
CREATE TABLE read_marks (
  room_id  BLOB    NOT NULL,
  user_id  BLOB    NOT NULL,
  number   INTEGER NOT NULL,
  up_to    INTEGER NOT NULL,
  read_at  INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
