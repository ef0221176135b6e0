-- The last version at or before a position: positions grow with versions, so it is found by halving.
WITH RECURSIVE halves(low, high) AS (
  SELECT 0, coalesce((SELECT r.applied FROM rooms r WHERE r.id = ?1), 0)
  UNION ALL
  SELECT
    CASE WHEN coalesce(
      (SELECT m.position FROM messages m WHERE m.room_id = ?1 AND m.version = (low + high + 1) / 2),
      (SELECT c.position FROM changes c WHERE c.room_id = ?1 AND c.version = (low + high + 1) / 2))
      <= ?2 THEN (low + high + 1) / 2 ELSE low END,
    CASE WHEN coalesce(
      (SELECT m.position FROM messages m WHERE m.room_id = ?1 AND m.version = (low + high + 1) / 2),
      (SELECT c.position FROM changes c WHERE c.room_id = ?1 AND c.version = (low + high + 1) / 2))
      <= ?2 THEN high ELSE (low + high + 1) / 2 - 1 END
  FROM halves WHERE low < high)
SELECT low AS version FROM halves WHERE low >= high
