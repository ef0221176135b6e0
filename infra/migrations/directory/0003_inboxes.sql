-- How far each inbox is folded.
CREATE TABLE inboxes (
  user_id  BLOB    PRIMARY KEY,
  version  INTEGER NOT NULL,
  pruned   INTEGER NOT NULL              -- the highest read_version of those that are gone
) STRICT, WITHOUT ROWID;

-- What people are told. Texts are joined when it is read: they may be edited, deleted or erased.
CREATE TABLE notifications (
  user_id            BLOB    NOT NULL,
  version            INTEGER NOT NULL,   -- of the inbox, at which it was told
  id                 BLOB    NOT NULL,
  notification_type  TEXT    NOT NULL,
  actor_id           BLOB    NOT NULL,
  room_id            BLOB,
  message_id         BLOB,
  room_version       INTEGER,            -- at which the message was sent
  friendship_id      BLOB,
  read_version       INTEGER,            -- of the inbox, at which it was read; NULL as long as it is not
  created_at         INTEGER NOT NULL,
  PRIMARY KEY (user_id, version)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX notifications_by_id ON notifications (user_id, id);
CREATE INDEX notifications_by_read ON notifications (user_id, read_version, version);
