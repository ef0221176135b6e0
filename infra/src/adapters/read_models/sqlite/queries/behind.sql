-- The last version below which lies no message with a number above the wanted one: numbers grow with versions, so it is
-- found by halving, whatever the length of the room.
WITH RECURSIVE
  wanted(number) AS (
    SELECT coalesce((
      SELECT m.number FROM messages m WHERE m.room_id = ?1 AND m.version <= ?2 ORDER BY m.version DESC LIMIT 1), 0) - ?3),
  halves(low, high) AS (
    SELECT 0, ?2
    UNION ALL
    SELECT
      CASE WHEN coalesce((
        SELECT m.number FROM messages m
        WHERE m.room_id = ?1 AND m.version <= (low + high + 1) / 2 ORDER BY m.version DESC LIMIT 1), 0)
        <= (SELECT number FROM wanted) THEN (low + high + 1) / 2 ELSE low END,
      CASE WHEN coalesce((
        SELECT m.number FROM messages m
        WHERE m.room_id = ?1 AND m.version <= (low + high + 1) / 2 ORDER BY m.version DESC LIMIT 1), 0)
        <= (SELECT number FROM wanted) THEN high ELSE (low + high + 1) / 2 - 1 END
    FROM halves WHERE low < high)
SELECT CASE WHEN (SELECT number FROM wanted) <= 0 THEN 0 ELSE low END AS version FROM halves WHERE low >= high
