-- The newest messages of some rooms (?1: pairs of room and last position) that hold the term ?2 and all others (?3) and were sent
-- before ?4. Of each room the newest ?5 with the first term are looked at: `looked_to` says down to where that was all there are.
WITH
  looked AS MATERIALIZED (
    SELECT t.room_id, t.position, t.version
    FROM json_each(?1) r JOIN message_terms t ON t.room_id = unhex(r.value ->> 0) AND t.term = ?2
    WHERE t.position IN (
      SELECT n.position FROM message_terms n
      WHERE n.room_id = unhex(r.value ->> 0) AND n.term = ?2 AND n.position < ?4 AND n.position <= r.value ->> 1
      ORDER BY n.position DESC LIMIT ?5)),
  found AS (
    SELECT l.* FROM looked l
    WHERE NOT EXISTS (
      SELECT 1 FROM json_each(?3) o
      WHERE NOT EXISTS (
        SELECT 1 FROM message_terms b WHERE b.room_id = l.room_id AND b.term = o.value AND b.position = l.position))
    ORDER BY l.position DESC LIMIT ?6),
  ends AS (
    SELECT min(l.position) AS lowest FROM looked l GROUP BY l.room_id HAVING count(*) >= ?5)
SELECT (SELECT coalesce(max(e.lowest), 0) FROM ends e) AS looked_to, m.*
FROM (SELECT 1)
  LEFT JOIN found f ON TRUE
  LEFT JOIN messages m ON m.room_id = f.room_id AND m.version = f.version
ORDER BY f.position DESC
