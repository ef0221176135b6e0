-- Up to where each process manager has seen to the log, and whose turn it is. What happened before it was there leads to nothing.
CREATE TABLE processes (
  name      text        COLLATE "C" PRIMARY KEY,
  position  bigint      NOT NULL,
  holder    text        NOT NULL,
  epoch     bigint      NOT NULL,
  until     timestamptz NOT NULL
);
INSERT INTO processes SELECT 'notifications', coalesce(max(position), 0), '', 0, clock_timestamp() FROM events;
