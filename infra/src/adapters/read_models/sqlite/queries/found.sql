-- The newest messages of some rooms (`within`: each with the position of its last event) that hold the term ?2 and all others (?3) and
-- were sent before ?4, at most ?6. What the rooms have with the first term is merged, newest first: each room waits at its last event,
-- then at one message for the message before, so that no room is looked into whose last event is older than what is reached. The ?5-th
-- message that is looked at is the last, and is told of whatever it holds. Rows come in the order of the merging.
  merged(room_id, position, is_message) AS (
    SELECT w.room_id, min(?4, w.last + 1), 0 FROM within w
    UNION ALL
    SELECT g.room_id, (
      SELECT max(n.position) FROM message_terms n
      WHERE n.room_id = g.room_id AND n.term = ?2 AND n.position < g.position), 1
    FROM merged g WHERE g.position IS NOT NULL
    ORDER BY 2 DESC),
  looked AS (
    SELECT g.room_id, g.position, row_number() OVER () AS nth
    FROM merged g WHERE g.is_message AND g.position IS NOT NULL LIMIT ?5),
  judged AS (
    SELECT l.*, NOT EXISTS (
      SELECT 1 FROM json_each(?3) o
      WHERE NOT EXISTS (
        SELECT 1 FROM message_terms b WHERE b.room_id = l.room_id AND b.term = o.value AND b.position = l.position)
      ) AS is_found
    FROM looked l)
SELECT j.nth = ?5 AS is_last, j.is_found, m.*
FROM judged j
  CROSS JOIN message_terms t ON t.room_id = j.room_id AND t.term = ?2 AND t.position = j.position
  CROSS JOIN messages m ON m.room_id = t.room_id AND m.version = t.version
WHERE j.is_found OR j.nth = ?5
LIMIT ?6
