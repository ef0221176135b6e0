-- One database a generation. Ids are 16 bytes, times milliseconds since 1970 in UTC.
CREATE TABLE checkpoints (
  partition_no  INT        NOT NULL PRIMARY KEY,
  log_offset    BIGINT     NOT NULL,
  position      BIGINT     NOT NULL,
  event_id      BINARY(16)
);
-- One row; nobody but the holder may commit until then.
CREATE TABLE fence (id TINYINT NOT NULL PRIMARY KEY, holder VARCHAR(64) NOT NULL, until BIGINT NOT NULL);
INSERT INTO fence VALUES (1, '', 0);
CREATE TABLE parked (
  aggregate_type  VARCHAR(32) NOT NULL,
  aggregate_id    BINARY(16)  NOT NULL,
  version         BIGINT      NOT NULL,      -- the first that could not be applied
  position        BIGINT      NOT NULL,
  why             TEXT        NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id)
);

CREATE TABLE users (
  id              BINARY(16)   NOT NULL PRIMARY KEY,
  version         BIGINT       NOT NULL,     -- of the stream, as far as it is folded
  email           VARCHAR(320),
  username        VARCHAR(255),
  nickname        VARCHAR(255),              -- NULL when erased
  status_message  TEXT,
  created_at      BIGINT       NOT NULL,
  updated_at      BIGINT       NOT NULL
);

-- The folded words of nickname and username, for prefix search.
CREATE TABLE user_words (
  word     VARCHAR(700) NOT NULL,
  user_id  BINARY(16)   NOT NULL,
  PRIMARY KEY (word, user_id)
);
CREATE INDEX user_words_by_user ON user_words (user_id);

CREATE TABLE friendships (
  id          BINARY(16)  NOT NULL PRIMARY KEY,
  version     BIGINT      NOT NULL,
  requester   BINARY(16),
  addressee   BINARY(16),
  status      VARCHAR(16) NOT NULL,          -- none, pending, accepted, rejected, cancelled, removed
  message     TEXT,
  created_at  BIGINT      NOT NULL,          -- of the first request, once there is one
  updated_at  BIGINT      NOT NULL           -- of the last change of status
);

-- A friendship seen from each of the two: lists page through this.
CREATE TABLE friendship_sides (
  user_id        BINARY(16)  NOT NULL,
  other_id       BINARY(16)  NOT NULL,
  friendship_id  BINARY(16)  NOT NULL,
  status         VARCHAR(16) NOT NULL,
  is_requester   TINYINT     NOT NULL,
  blocks         TINYINT     NOT NULL,       -- whether user_id has blocked other_id
  since          BIGINT      NOT NULL,       -- when this status (or, for blocks, this block) began
  blocked_at     BIGINT,
  PRIMARY KEY (user_id, other_id)
);
-- An answer to a request names one of the two only.
CREATE INDEX friendship_sides_by_friendship ON friendship_sides (friendship_id);

CREATE TABLE rooms (
  id          BINARY(16)   NOT NULL PRIMARY KEY,
  version     BIGINT       NOT NULL,         -- of the last lifecycle event
  room_type   VARCHAR(16)  NOT NULL,
  name        VARCHAR(400),
  closed      TINYINT      NOT NULL DEFAULT 0,
  created_at  BIGINT       NOT NULL,
  updated_at  BIGINT       NOT NULL
);

CREATE TABLE room_members (
  room_id    BINARY(16)  NOT NULL,
  user_id    BINARY(16)  NOT NULL,
  role       VARCHAR(16),                    -- NULL when gone
  joined_at  BIGINT      NOT NULL,
  PRIMARY KEY (room_id, user_id)
);
CREATE INDEX room_members_by_user ON room_members (user_id, room_id);

-- Who wrote each partition last: a connection whose process was paused in the middle of a transaction is ended by its successor.
CREATE TABLE writers (
  partition_no   INT    NOT NULL PRIMARY KEY,
  connection_id  BIGINT NOT NULL
);
