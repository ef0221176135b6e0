-- How far each inbox is folded.
CREATE TABLE inboxes (
  user_id  BINARY(16) NOT NULL PRIMARY KEY,
  version  BIGINT     NOT NULL,
  pruned   BIGINT     NOT NULL                -- the highest read_version of those that are gone
);

-- What people are told. Texts are joined when it is read: they may be edited, deleted or erased.
CREATE TABLE notifications (
  user_id            BINARY(16)  NOT NULL,
  version            BIGINT      NOT NULL,    -- of the inbox, at which it was told
  id                 BINARY(16)  NOT NULL,
  notification_type  VARCHAR(32) NOT NULL,
  actor_id           BINARY(16)  NOT NULL,
  room_id            BINARY(16),
  message_id         BINARY(16),
  room_version       BIGINT,                  -- at which the message was sent
  friendship_id      BINARY(16),
  read_version       BIGINT,                  -- of the inbox, at which it was read; NULL as long as it is not
  created_at         BIGINT      NOT NULL,
  PRIMARY KEY (user_id, version)
);
CREATE UNIQUE INDEX notifications_by_id ON notifications (user_id, id);
CREATE INDEX notifications_by_read ON notifications (user_id, read_version, version);
