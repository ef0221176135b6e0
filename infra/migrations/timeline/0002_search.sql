-- What is searched, and what is told between messages. What was folded before is found after `rebuild timeline`.

-- The terms of each message that is neither deleted nor erased (`domain::text::terms`), newest first in a room.
CREATE TABLE message_terms (
  room_id   BLOB    NOT NULL,
  term      TEXT    NOT NULL,
  position  INTEGER NOT NULL,          -- in the log, of the message's sending: the order among rooms
  version   INTEGER NOT NULL,          -- of the message
  PRIMARY KEY (room_id, term, position)
) STRICT, WITHOUT ROWID;

-- What its actor called the room: NULL when erased, and where nothing was renamed.
ALTER TABLE changes ADD COLUMN name TEXT;

-- What a timeline tells between messages; its queries repeat the condition word for word.
CREATE INDEX changes_told ON changes (room_id, version)
  WHERE kind IN ('MemberJoined', 'MemberLeft', 'MemberRemoved', 'MemberRoleChanged', 'RoomRenamed');
