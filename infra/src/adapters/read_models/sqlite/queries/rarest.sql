-- Of the terms ?2 the one whose fortieth message in the rooms with the newest activity, of those `within`, lies furthest back, or of which
-- there are the fewest: to ask all rooms would take as long as the search.
  asked AS MATERIALIZED (SELECT w.room_id FROM within w ORDER BY w.last DESC LIMIT 10)
SELECT w.value FROM json_each(?2) w
ORDER BY
  coalesce((
    SELECT t.position
    FROM asked a CROSS JOIN message_terms t ON t.room_id = a.room_id AND t.term = w.value
    WHERE t.position IN (
      SELECT n.position FROM message_terms n
      WHERE n.room_id = a.room_id AND n.term = w.value ORDER BY n.position DESC LIMIT 40)
    ORDER BY t.position DESC LIMIT 1 OFFSET 39), 0), (
  SELECT count(*) FROM (
    SELECT 1 FROM asked a CROSS JOIN message_terms t ON t.room_id = a.room_id AND t.term = w.value LIMIT 40)),
  length(w.value) DESC
LIMIT 1
