-- Up to where each process manager has seen to the log. What happened before it was there leads to nothing.
CREATE TABLE processes (
  name      TEXT    PRIMARY KEY,
  position  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO processes SELECT 'notifications', coalesce(max(position), 0) FROM events;
